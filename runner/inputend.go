package runner

import (
	"os"
	"sync"
	"syscall"
	"time"

	"clsh/runner/remote"
)

// An inputEnd is our end of one ssh's standard input.
type inputEnd struct {
	file *os.File // nil: there is none
	tty  bool
	data *Input // the command's own input follows the request
	gone bool   // under data.mu
	wg   sync.WaitGroup
}

// pipeRoom is what an empty pipe takes at least (pipe(7), PIPE_BUF).
const pipeRoom = 4096

// feed writes the request, and the data where there is any, followed by the
// end of file. It does not wait: a pipe may take long to be emptied.
func (e *inputEnd) feed(request []byte) {
	switch {
	case e.file == nil:
		return
	case e.data == nil && !e.tty && len(request) <= pipeRoom:
		e.writeNow(request) // the first that is
		return
	}
	e.wg.Go(func() {
		// A host that is gone is noticed elsewhere.
		_, err := e.file.Write(request)
		if e.data == nil {
			return
		}
		if err == nil {
			e.data.feed(e)
		}
		_ = e.file.Close()
	})
}

// writeNow writes what is known to have room.
func (e *inputEnd) writeNow(p []byte) {
	conn, err := e.file.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Write(func(fd uintptr) bool { return writeNow(int(fd), p) != syscall.EAGAIN })
}

// endOfFile types what a terminal takes for the end of file (termios(3),
// VEOF).
func (e *inputEnd) endOfFile() { _, _ = e.file.Write([]byte{4}) }

// stopWrite is how long the request to stop may take to be written.
const stopWrite = time.Second

// stop asks the agent to stop the command, sig first, and reports whether there is
// a way to. On a terminal it types the key for it (termios(3), VINTR, VQUIT).
func (e *inputEnd) stop(sig syscall.Signal) bool {
	if e.data != nil {
		return false // what we write is the command's
	}
	line := remote.StopRequest(sig)
	switch {
	case e.tty && sig == syscall.SIGQUIT:
		line = []byte{0x1c}
	case e.tty:
		line = []byte{3}
	}
	_ = e.file.SetWriteDeadline(time.Now().Add(stopWrite))
	_, err := e.file.Write(line)
	return err == nil
}

// leave ends data that the command has not read.
func (e *inputEnd) leave() {
	if e.data != nil && e.file != nil {
		e.data.leave(e)
		_ = e.file.Close()
	}
}

// close ends the input and waits for who writes to it.
func (e *inputEnd) close() {
	e.leave()
	if e.file != nil {
		_ = e.file.Close()
		e.wg.Wait()
	}
}
