package terminal

import (
	"errors"
	"io"
	"sync"

	"golang.org/x/sys/unix"

	"clsh/runner/event"
)

// A Console is standard output and standard error, and the status line that is
// drawn on the latter. Everything that is written to either goes through it, so
// that the line disappears before anything else is written and is drawn again
// below it.
//
// The line is drawn a row below the cursor, which stays where output continues:
//
//	node1: the last line of output
//	_
//	3/9 done, 1 connecting, 5 running, 0 failed, 0 lost, 2s
//
// Erasing everything below the cursor's row (ECMA-48 ED) therefore erases all of
// the line and nothing else, wherever the terminal has put it: also after the
// terminal became narrower and wrapped the line, and after Return, whose echo moves
// the cursor a row down. The cursor's own row is erased separately: tmux takes an
// erasure of the whole screen for `clear` and moves what it erases into the
// scrollback.
//
// Several goroutines may use a console at a time.
type Console struct {
	streams [3]io.Writer // by event.Stream
	// shared has the streams that lead to the status line's terminal.
	shared [3]bool
	width  func() int

	mu sync.Mutex
	// status returns the line for a number of columns; nil: there is none. shown
	// is what is on the screen while drawn is set.
	status func(columns int) string
	shown  string
	drawn  bool
	// inLine reports that the last write did not end its line.
	inLine bool
}

// Streams are what a console writes to. The caller keeps them and closes them.
type Streams struct {
	Stdout, Stderr io.Writer
	// StdoutShared and StderrShared are set for a stream that leads to the terminal
	// where the status line is drawn. With neither set, writes pass unchanged.
	StdoutShared, StderrShared bool
	// Width returns the terminal's columns, 0 if it does not know them; nil: it
	// never does.
	Width func() int
}

// NewConsole returns a console for streams.
func NewConsole(streams Streams) *Console {
	return &Console{
		streams: [3]io.Writer{event.Stdout: streams.Stdout, event.Stderr: streams.Stderr},
		shared:  [3]bool{event.Stdout: streams.StdoutShared, event.Stderr: streams.StderrShared},
		width:   streams.Width,
	}
}

// Writer returns the writer for a stream. Its writes are whole: a terminal or
// pipe that another process has made non-blocking makes them wait, not fail.
func (c *Console) Writer(stream event.Stream) io.Writer { return consoleStream{c, stream} }

// Lend removes the status line and calls f, which may write to the terminal
// directly; other writes wait until f returns. It returns the error of the removal.
func (c *Console) Lend(f func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.hide()
	f()
	return err
}

// SetStatus draws the status line that status returns, now and after each write;
// status gets the number of columns that the line may have. It is called with the
// console locked and must not write to it.
func (c *Console) SetStatus(status func(columns int) string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
	if c.drawn && c.fit() == c.shown {
		return nil
	}
	return c.draw()
}

// ClearStatus removes the status line until the next SetStatus.
func (c *Console) ClearStatus() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = nil
	return c.hide()
}

// What is written before and after the status line.
const (
	belowCursor = "\r\x1b[K\n\x1b[J" // a row down, erased from there on
	backUp      = "\r\x1b[A"
)

// consoleStream is one of a console's streams.
type consoleStream struct {
	*Console
	stream event.Stream
}

// Write removes the status line, writes, and draws the line again.
func (w consoleStream) Write(b []byte) (int, error) {
	if !w.shared[w.stream] {
		return writeAll(w.streams[w.stream], b)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.hide(); err != nil {
		return 0, err
	}
	n, err := writeAll(w.streams[w.stream], b)
	if err != nil {
		return n, err
	}
	if len(b) > 0 {
		w.inLine = b[len(b)-1] != '\n'
	}
	return n, w.draw()
}

// fit returns the status line for the current width. The last column stays empty,
// because some terminals wrap when it is written.
func (c *Console) fit() string { return c.status(max(c.columns()-1, 0)) }

// draw writes the status line over the one on the screen. The caller holds mu.
func (c *Console) draw() error {
	if c.status == nil || c.inLine {
		return nil
	}
	c.shown, c.drawn = c.fit(), true
	_, err := writeAll(c.streams[event.Stderr], []byte(belowCursor+c.shown+backUp))
	return err
}

// hide erases the status line until the next draw. The caller holds mu.
func (c *Console) hide() error {
	if !c.drawn {
		return nil
	}
	c.drawn = false
	_, err := writeAll(c.streams[event.Stderr], []byte(belowCursor+backUp))
	return err
}

// writeAll writes all of b. A process that shares the terminal or pipe may have made
// it non-blocking, which is a property of the open file (fcntl(2), O_NONBLOCK):
// writeAll then waits until there is room again.
func writeAll(w io.Writer, b []byte) (int, error) {
	done := 0
	for {
		n, err := w.Write(b[done:])
		done += n
		f, ok := w.(interface{ Fd() uintptr })
		if !ok || !errors.Is(err, unix.EAGAIN) {
			return done, err
		}
		fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLOUT}}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return done, err
		}
	}
}

// columns returns the terminal's width. It asks each time, so that a resize needs no
// signal.
func (c *Console) columns() int {
	if c.width != nil {
		if n := c.width(); n > 0 {
			return n
		}
	}
	return 80
}
