package cli

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// watchReturn calls pressed each time Return is pressed at the terminal, until
// stop is called. Where in is no terminal nothing is watched.
//
// What is typed ahead for the shell is not taken away: only a line that is
// empty is read, and once there is another one, none is read any more. A
// process in the background does not read, which would stop it (termios(3),
// "Job control").
func watchReturn(in *os.File, pressed func()) (stop func() error, err error) {
	if in == nil || !term.IsTerminal(int(in.Fd())) {
		return func() error { return nil }, nil
	}
	wake, end, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("watch the terminal for Return: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		readReturns(int(in.Fd()), int(wake.Fd()), pressed)
	}()
	return func() error {
		err := end.Close() // wakes the poll
		<-done
		return errors.Join(err, wake.Close())
	}, nil
}

// background is how often, in milliseconds, a process in the background looks
// whether it has come to the foreground.
const background = 500

// readReturns reads empty lines from the terminal until wake has been closed
// at its other end.
func readReturns(terminal, wake int, pressed func()) {
	for {
		fds := []unix.PollFd{{Fd: int32(wake)}, {Fd: int32(terminal), Events: unix.POLLIN}}
		timeout := -1
		if !foreground(terminal) {
			fds, timeout = fds[:1], background
		}
		_, err := unix.Poll(fds, timeout)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil, fds[0].Revents != 0:
			return
		case len(fds) == 1 || fds[1].Revents == 0 || !foreground(terminal):
			continue
		}
		// In canonical mode these are the lines that have been completed.
		if n, err := unix.IoctlGetInt(terminal, waiting); err != nil || n != 1 {
			return // typed ahead, or hung up
		}
		var b [1]byte
		if n, err := unix.Read(terminal, b[:]); n != 1 || err != nil {
			return
		}
		pressed()
	}
}

// foreground tells whether this process may read the terminal.
func foreground(terminal int) bool {
	group, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
