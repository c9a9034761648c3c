// Package acceptance has the tests of the built program that are more than a script: signals,
// terminals, links that are cut, hosts by the thousand. A file each has a topic. What a
// user sees of a single call is a paragraph of testdata/*.txtar, at the top of the tree.
//
// Tests reach real sshds (package sshtest). start runs clsh against a Site, interactive runs
// clsh -i on a terminal; what they return waits for output and for the end.
package acceptance
