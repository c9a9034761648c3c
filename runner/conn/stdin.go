package conn

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"clsh/runner/remote"
)

// Stdin is our end of a session's standard input.
type Stdin struct {
	file *os.File // nil: there is none
	tty  bool
	raw  bool   // the command has it to itself
	data *Input // the command's own input
	gone bool   // no more data is wanted; under data.mu
	wg   sync.WaitGroup
	cut  bool // the data has not ended with a frame; for those who waited for wg
}

// pipeRoom is what an empty pipe takes at least (pipe(7), PIPE_BUF).
const pipeRoom = 4096

// Request writes the request, without waiting: a pipe may take long to be emptied.
func (e *Stdin) Request(request []byte) {
	switch {
	case len(request) == 0:
	case !e.tty && len(request) <= pipeRoom:
		e.writeNow(request) // the first that is
	default:
		// A host that is gone is noticed elsewhere.
		e.wg.Go(func() { _, _ = e.file.Write(request) })
	}
}

// Feed begins to write the data, where there is any. The command must have begun: what its
// login shell runs before must not find any.
func (e *Stdin) Feed() {
	if e.data == nil {
		return
	}
	e.wg.Go(func() {
		whole, err := e.data.feed(e, e.raw)
		switch {
		case whole && e.raw:
			_ = e.file.Close() // the end of the input is the end of the data
		case whole:
			_, err = e.file.WriteString(remote.DataEnd)
		}
		e.cut = err != nil
	})
}

// writeNow writes what is known to have room.
func (e *Stdin) writeNow(p []byte) {
	conn, err := e.file.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Write(func(fd uintptr) bool { return writeNow(int(fd), p) != syscall.EAGAIN })
}

// sendTimeout is how long a request of a shell session may take to be written.
const sendTimeout = 5 * time.Second

// ErrNotRead reports that the remote side does not read its input.
var ErrNotRead = fmt.Errorf("nothing was read from us for %s", sendTimeout)

// Send writes a request and waits until it is written, for five seconds; then it returns
// ErrNotRead.
func (e *Stdin) Send(request []byte) error {
	_ = e.file.SetWriteDeadline(time.Now().Add(sendTimeout))
	_, err := e.file.Write(request)
	if os.IsTimeout(err) {
		return ErrNotRead
	}
	return err
}

// EndOfFile types what a terminal takes for the end of file (termios(3), VEOF).
func (e *Stdin) EndOfFile() { _, _ = e.file.Write([]byte{4}) }

// stopWrite is how long the request to stop, and the frame of data before it, may
// take to be written.
const stopWrite = time.Second

// Stop asks the agent to stop the command, sig first, and reports whether it could: a command
// that does not read its data may block the way. On a terminal it types the key for it
// (termios(3), VINTR, VQUIT).
func (e *Stdin) Stop(sig syscall.Signal) bool {
	_ = e.file.SetWriteDeadline(time.Now().Add(stopWrite))
	if e.data != nil {
		e.data.leave(e)
		e.wg.Wait()
		if e.cut {
			return false
		}
	}
	line := remote.StopRequest(sig)
	switch {
	case e.tty && sig == syscall.SIGQUIT:
		line = []byte{0x1c}
	case e.tty:
		line = []byte{3}
	}
	_, err := e.file.Write(line)
	return err == nil
}

// Close ends the input, also data that the command has not read, and waits for its writers.
func (e *Stdin) Close() {
	if e.file == nil {
		return
	}
	if e.data != nil {
		e.data.leave(e)
	}
	_ = e.file.Close()
	e.wg.Wait()
}
