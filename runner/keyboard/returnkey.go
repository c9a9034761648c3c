package keyboard

import (
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// WatchReturn calls pressed each time Return is pressed at the terminal, until
// stop is called. Where in is no terminal nothing is watched.
//
// What is typed ahead for the shell is not taken away: only a line that is
// empty is read, and once there is another one, none is read any more.
func (k *Keys) WatchReturn(in *os.File, pressed func()) (stop func() error, err error) {
	if in == nil || !term.IsTerminal(int(in.Fd())) {
		return func() error { return nil }, nil
	}
	over, done := make(chan struct{}), make(chan struct{})
	wake, closeWaker, err := waker(over)
	if err != nil {
		return nil, err
	}
	go func() {
		defer close(done)
		for await(int(in.Fd()), wake) && k.readReturn(int(in.Fd()), pressed) {
		}
	}()
	return func() error {
		close(over)
		<-done
		return closeWaker()
	}, nil
}

// readReturn reads an empty line, and reports whether to go on watching.
func (k *Keys) readReturn(terminal int, pressed func()) bool {
	k.reading.Lock()
	defer k.reading.Unlock()
	if !ready(terminal) {
		return true // it was an answer
	}
	// In canonical mode these are the lines that have been completed.
	if n, err := Readable(terminal); err != nil || n != 1 {
		return false // typed ahead, or hung up
	}
	var b [1]byte
	if n, err := unix.Read(terminal, b[:]); n != 1 || err != nil {
		return false
	}
	pressed()
	return true
}
