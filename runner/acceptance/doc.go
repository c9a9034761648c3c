// Package acceptance has no code. The packages below it have the tests of the built program that
// are more than a script: signals, terminals, links that are cut, hosts by the thousand. Each has
// a topic, and each of its files one of its own. What a user sees of a single call is a paragraph
// of testdata/*.txtar, at the top of the tree.
//
// Tests reach real sshds (package sshtest) and run clsh with the helpers of package clshtest.
package acceptance
