package conn

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"clsh/runner/remote"
)

// Stdin is our end of a session's standard input.
type Stdin struct {
	file *os.File // nil: there is none
	tty  bool
	raw  bool          // the command has it to itself
	data source        // the command's own input; nil: none
	gone bool          // no more data is wanted; under the lock of data
	left chan struct{} // closed then
	fed  bool          // Feed was called
	room chan struct{} // delivers when the next frame may be sent; nil: any number of them
	// again is closed when the command begins that follows a stage; nil: there is no stage.
	again chan struct{}
	last  frame // of data
	wg    sync.WaitGroup
	cut   bool // the data has not ended with a frame; for those who waited for wg

	sending atomic.Bool // a request is being written
}

// newStdin returns our end of a session's standard input, for whose command data is. A paced agent
// acknowledges each frame of it (remote.PieceHeader).
func newStdin(file *os.File, data source, paced bool) *Stdin {
	e := &Stdin{file: file, data: data}
	if e.data == nil {
		return e
	}
	e.left = make(chan struct{})
	if paced {
		e.room = make(chan struct{}, 1)
		e.took()
	}
	return e
}

// took makes room for another frame. What a hostile host acknowledges beside is dropped.
func (e *Stdin) took() {
	select {
	case e.room <- struct{}{}:
	default:
	}
}

// header waits until a frame may be sent, writes its header unless e is raw, and returns its size, of
// which available bytes are there; 0: e wants no more, or there was an error.
func (e *Stdin) header(available int64) (size int64, err error) {
	var line []byte
	switch {
	case e.raw:
		return available, nil
	case e.room == nil || e.staging():
		line, size = remote.DataHeader(min(available, e.last.next(time.Now())))
		e.last.size = size
	default:
		select {
		case <-e.room:
			line, size = remote.PieceHeader(available)
		case <-e.left:
			return 0, nil
		}
	}
	if _, err := e.file.Write(line); err != nil {
		return 0, err
	}
	return size, nil
}

// staging reports whether the data is a stage's, which waits for nothing else.
func (e *Stdin) staging() bool {
	if e.again == nil {
		return false
	}
	select {
	case <-e.again:
		return false
	default:
		return true
	}
}

// pipeRoom is what an empty pipe takes at least (pipe(7), PIPE_BUF).
const pipeRoom = 4096

// Request writes the request, without waiting: a pipe may take long to be emptied.
func (e *Stdin) Request(request []byte) {
	switch {
	case len(request) == 0:
	case !e.tty && len(request) <= pipeRoom:
		_, _ = e.file.Write(request) // the first that is, so that the pipe has room
	default:
		// A host that is gone is noticed elsewhere.
		e.sending.Store(true)
		e.wg.Go(func() {
			defer e.sending.Store(false)
			_, _ = e.file.Write(request)
		})
	}
}

// Write writes p and waits until it is written, or Close is called.
func (e *Stdin) Write(p []byte) (int, error) { return e.file.Write(p) }

// Feed begins to write the data, where there is any. The stage or the command must have begun: what its
// login shell runs before must not find any. After a stage, a second call begins the command's data.
func (e *Stdin) Feed() {
	if e.fed && e.staging() {
		close(e.again)
	}
	if e.data == nil || e.fed {
		return
	}
	e.fed = true
	e.wg.Go(func() {
		whole, err := e.data.feed(e)
		switch {
		case whole && e.raw:
			_ = e.file.Close() // the end of the input is the end of the data
		case whole:
			_, err = e.file.WriteString(remote.DataEnd)
		}
		e.cut = err != nil
	})
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

// pingWrite is how long the request for a sign of life may take to be written. It is less than a
// pipe takes in one piece: all of it is written, or nothing.
const pingWrite = 100 * time.Millisecond

// ping asks the agent for a sign of life.
func (e *Stdin) ping() {
	_ = e.file.SetWriteDeadline(time.Now().Add(pingWrite))
	_, _ = e.file.WriteString(remote.Ping)
	_ = e.file.SetWriteDeadline(time.Time{})
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
		e.leave()
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

// leave says that no more data is wanted.
func (e *Stdin) leave() {
	select {
	case <-e.left:
	default:
		close(e.left)
	}
	e.data.leave(e)
}

// Close ends the input, also data that the command has not read, and waits for its writers.
func (e *Stdin) Close() {
	if e.file == nil {
		return
	}
	if e.data != nil {
		e.leave()
	}
	_ = e.file.Close()
	e.wg.Wait()
}
