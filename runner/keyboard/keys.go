package keyboard

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Keys is the keyboard of one terminal. Its zero value is ready to use.
type Keys struct {
	reading sync.Mutex // held by who reads
}

// Open returns the terminal to ask on: the one that controls this process, else standard input if
// that is one. close is to be called in the end.
func Open(stdin *os.File) (tty *os.File, closeIt func() error, err error) {
	tty, err = os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err == nil {
		return tty, tty.Close, nil
	}
	if stdin != nil && term.IsTerminal(int(stdin.Fd())) {
		return stdin, func() error { return nil }, nil
	}
	return nil, nil, err
}

// Readable returns how many bytes can be read from a file without waiting.
func Readable(fd int) (int, error) { return unix.IoctlGetInt(fd, waiting) }

// background is how often, in milliseconds, a process in the background looks
// whether it has come to the foreground.
const background = 500

// foreground reports whether this process may read the terminal. There is no job control on a
// terminal that does not control this process, or that is gone.
func foreground(terminal int) bool {
	group, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// await waits until a line can be read from the terminal, and reports whether there is one. false
// is the end of waiting: wake has been closed at its other end.
func await(terminal, wake int) bool {
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
			return false
		case len(fds) == 2 && fds[1].Revents != 0 && foreground(terminal):
			return true
		}
	}
}

// ready reports whether a read from the terminal returns at once.
func ready(terminal int) bool {
	fds := []unix.PollFd{{Fd: int32(terminal), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}

// read waits for what is typed, and reads it. Its error is io.EOF when the user has typed ^D, or the
// terminal is gone.
func read(terminal, wake int, b []byte) (n int, err error) {
	for await(terminal, wake) {
		n, err = unix.Read(terminal, b)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case err != nil || n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
	return 0, errWoken
}

// readLine reads a line.
func readLine(terminal, wake int) (string, error) {
	var line []byte
	for {
		var b [4096]byte
		n, err := read(terminal, wake, b[:])
		if err != nil {
			return "", err
		}
		line = append(line, b[:n]...)
		if end := line[len(line)-1]; end == '\n' || end == '\r' {
			return string(line), nil
		}
	}
}

// errWoken is the end of a read that was given up.
var errWoken = errors.New("no longer waited for")

// waker returns a pipe whose end, once cancel is closed, wakes who polls it.
func waker(cancel <-chan struct{}) (wake int, closeIt func() error, err error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return 0, nil, fmt.Errorf("make a pipe: %w", err)
	}
	over, woken := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(woken)
		select {
		case <-cancel:
		case <-over:
		}
		_ = writer.Close()
	}()
	return int(reader.Fd()), func() error {
		close(over)
		<-woken
		return reader.Close()
	}, nil
}
