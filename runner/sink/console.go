package sink

import (
	"errors"
	"io"
	"io/fs"
	"sync"

	"golang.org/x/sys/unix"

	"clsh/runner/event"
)

// A Console is standard output and standard error, and the status line that is
// drawn on the latter. All that is written to either goes through it, so the
// line is out of the way before anything else appears, and back after it.
//
// The line is drawn a row below the cursor, which stays where output goes on:
//
//	node1: the last line of output
//	_
//	3/9 done, 1 connecting, 5 running, 0 failed, 0 lost, 2s
//
// So erasing everything below the cursor's row (ECMA-48 ED) erases all of it and
// nothing else, wherever the terminal has put it: also when it was made
// narrower and has wrapped the line, and also when Return was pressed, whose
// echo takes the cursor a row down. The cursor's own row is erased by itself:
// tmux takes an erasure of the whole screen for `clear` and moves what it
// erases into the scrollback.
//
// It may be used by several goroutines at a time.
type Console struct {
	streams [3]io.Writer // by event.Stream
	// draws tells which streams share the terminal with the status line.
	draws [3]bool
	width func() int

	mu sync.Mutex
	// status returns the line for so many columns, nil: there is none; shown is
	// what is on the screen, if drawn is set.
	status func(columns int) string
	shown  string
	drawn  bool
	// inLine tells that what was written last did not end its line.
	inLine bool
}

// NewConsole returns a console for a terminal that sinks share with others who
// write to it (Config.Console). width returns its columns, 0 where it does not know
// them.
func NewConsole(terminal io.Writer, width func() int) *Console {
	return &Console{
		streams: [3]io.Writer{event.Stdout: terminal, event.Stderr: terminal},
		draws:   [3]bool{event.Stdout: true, event.Stderr: true}, width: width,
	}
}

// Writer returns what writes to the terminal.
func (c *Console) Writer() io.Writer { return c.writer(event.Stdout) }

// Lend calls f, which may write to the terminal by itself, while there is no status
// line and nobody else writes.
func (c *Console) Lend(f func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.hide()
	f()
	return err
}

// The status line on its way to the screen and off it.
const (
	belowCursor = "\r\x1b[K\n\x1b[J" // a row down, erased from there on
	backUp      = "\r\x1b[A"
)

// writer returns what writes to a stream.
func (c *Console) writer(s event.Stream) io.Writer {
	return consoleStream{c, s}
}

// consoleStream is one of a console's streams.
type consoleStream struct {
	*Console
	stream event.Stream
}

// Write takes the status line away, writes, and draws it again.
func (w consoleStream) Write(b []byte) (int, error) {
	if !w.draws[w.stream] {
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

// show makes status return the status line.
func (c *Console) show(status func(columns int) string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
	if c.drawn && c.fit() == c.shown {
		return nil
	}
	return c.draw()
}

// drop takes the status line away for good.
func (c *Console) drop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = nil
	return c.hide()
}

// fit returns the status line for the width of now. The last column stays empty:
// some terminals wrap when it is written.
func (c *Console) fit() string { return c.status(max(c.columns()-1, 0)) }

// draw puts the status line on the screen, over the one that is there. The caller
// holds mu.
func (c *Console) draw() error {
	if c.status == nil || c.inLine {
		return nil
	}
	c.shown, c.drawn = c.fit(), true
	_, err := writeAll(c.streams[event.Stderr], []byte(belowCursor+c.shown+backUp))
	return err
}

// hide takes the status line off the screen until the next draw. The caller
// holds mu.
func (c *Console) hide() error {
	if !c.drawn {
		return nil
	}
	c.drawn = false
	_, err := writeAll(c.streams[event.Stderr], []byte(belowCursor+backUp))
	return err
}

// writeAll writes b whole. Whoever shares a terminal or a pipe with this process
// may have made it non-blocking, for that belongs to the open file (fcntl(2),
// O_NONBLOCK): then it waits until there is room again.
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

// columns returns the terminal's width. It is asked each time: a resize needs
// no signal.
func (c *Console) columns() int {
	if c.width != nil {
		if n := c.width(); n > 0 {
			return n
		}
	}
	return 80
}

// isPipe tells whether w leads to another program, which may well write to the
// terminal itself (clsh … | less).
func isPipe(w io.Writer) bool {
	f, ok := w.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return true
	}
	st, err := f.Stat()
	return err != nil || st.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0
}
