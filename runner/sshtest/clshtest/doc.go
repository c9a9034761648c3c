// Package clshtest runs the built program against a Site (package sshtest), and waits for what
// it prints.
//
// Start runs clsh as a command with pipes, StartOnTerminal on a terminal, Interactive clsh -i
// there, and OnScreen in tmux, where what can be read is what a user sees. Each has a variant for
// an exec.Cmd that the test has prepared with Cmd. What they return waits for output, for a
// screen, or for the end, within sshtest.Limit, and kills the program at the end of the test.
//
// Main is the TestMain of a package of such tests: it puts clsh and heat at the head of PATH.
package clshtest
