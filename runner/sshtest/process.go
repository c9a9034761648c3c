package sshtest

import (
	"crypto/rand"
	"fmt"
	"slices"
	"syscall"
	"testing"
)

// Process is a process that has not ended; a zombie is none.
type Process struct {
	PID, Parent int
	// Name is the kernel's short name of it (comm).
	Name string
	// Command is its command line, words separated by blanks.
	Command string
	// Environ is the environment it was started with, each variable followed
	// by a NUL, or "" where this user may not read it. Only Marked and WaitMarked read it.
	Environ string

	start string // when it has started, in the kernel's ticks; "" where there is no /proc
}

// String shows the process in the messages of failed tests.
func (p Process) String() string {
	return fmt.Sprintf("%d (parent %d) %s", p.PID, p.Parent, p.Command)
}

// Mark returns a string that no process has in its command line or
// environment until the caller puts it there.
func Mark() string { return "clshmark" + rand.Text() }

// Marked returns the processes, this one apart, whose command line or
// environment holds one of the marks.
func Marked(t testing.TB, marks ...string) []Process {
	t.Helper()
	list, err := holding(marks...)
	if err != nil {
		t.Fatalf("list processes: %v", err)
	}
	return list
}

// WaitMarked waits until at least n processes hold mark and returns them.
func WaitMarked(t testing.TB, mark string, n int) []Process {
	t.Helper()
	var found []Process
	WaitFor(t, fmt.Sprintf("%d processes with %s", n, mark), func() bool {
		found = Marked(t, mark)
		return len(found) >= n
	})
	return found
}

// WaitGone waits until no process holds any of the marks, and fails the test
// with a list of those that stay.
func WaitGone(t testing.TB, marks ...string) {
	t.Helper()
	var left []Process
	defer func() {
		if t.Failed() {
			for _, p := range left {
				t.Logf("still there: %v", p)
			}
		}
	}()
	WaitFor(t, "nothing left behind", func() bool {
		left = Marked(t, marks...)
		return len(left) == 0
	})
}

// descendants returns the processes of all whose numbers are in roots, and
// those that descend from one of them, whose numbers it adds to roots.
func descendants(all []Process, roots map[int]bool) []Process {
	for grew := true; grew; {
		grew = false
		for _, p := range all {
			if roots[p.Parent] && !roots[p.PID] {
				roots[p.PID], grew = true, true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(p Process) bool { return !roots[p.PID] })
}

// signalAll sends sig to each; one that has gone in the meantime is as good.
func signalAll(list []Process, sig syscall.Signal) {
	for _, p := range list {
		_ = syscall.Kill(p.PID, sig)
	}
}
