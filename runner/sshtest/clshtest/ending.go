package clshtest

import (
	"syscall"

	"clsh/runner/sshtest"
)

// TooSlow is the exit status after a second signal where clsh does not end in time: it then
// takes its output for blocked, and leaves the rest to its helpers.
const TooSlow = 137

// Shells are the login shells that the matrices go through.
func Shells() []string { return []string{"bash", "dash", "zsh", "fish", "ksh", "tcsh", "busybox"} }

// SomeShells returns the quick login shells, all of Shells with --full. Where a test's promise holds
// for any shell, quick is bash and those that differ most from it.
func SomeShells(quick ...string) []string {
	if sshtest.Full() {
		return Shells()
	}
	return quick
}

// Ending is a way to end clsh, and the status that it must leave.
type Ending struct {
	Name string
	Sig  syscall.Signal
	Code int
}

// Endings are the signals that end clsh.
func Endings() []Ending {
	return []Ending{
		{"INT", syscall.SIGINT, 130},
		{"QUIT", syscall.SIGQUIT, 131},
		{"HUP", syscall.SIGHUP, 129},
		{"TERM twice", syscall.SIGTERM, 143},
		{"KILL", syscall.SIGKILL, 137},
	}
}

// StopEndings are the ways to stop a command: a limit, whose Sig is 0, and the Endings.
func StopEndings() []Ending {
	return append([]Ending{{"limit", 0, 124}}, Endings()...)
}
