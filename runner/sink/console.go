package sink

import (
	"errors"
	"io"
	"io/fs"

	"golang.org/x/sys/unix"

	"clsh/runner/event"
)

// A console is standard output and standard error, and the status line that is
// drawn on the latter. All that is written to either goes through it, so the
// line is out of the way before anything else appears, and back after it.
//
// The line is drawn a row below the cursor, which stays where output goes on:
//
//	node1: the last line of output
//	_
//	3/9 done, 6 running, 0 failed, 0 lost, 2s
//
// So erasing everything below the cursor's row (ECMA-48 ED) erases all of it and
// nothing else, wherever the terminal has put it: also when it was made
// narrower and has wrapped the line, and also when Return was pressed, whose
// echo takes the cursor a row down. The cursor's own row is erased by itself:
// tmux takes an erasure of the whole screen for `clear` and moves what it
// erases into the scrollback.
type console struct {
	streams [3]io.Writer // by runner.Stream
	// draws tells which streams share the terminal with the status line.
	draws [3]bool
	width func() int
	// status is the line; drawn tells whether it is on the screen.
	status string
	drawn  bool
	// inLine tells that what was written last did not end its line.
	inLine bool
}

// The status line on its way to the screen and off it.
const (
	belowCursor = "\r\x1b[K\n\x1b[J" // a row down, erased from there on
	backUp      = "\r\x1b[A"
)

// writer returns what writes to a stream.
func (c *console) writer(s event.Stream) io.Writer {
	return consoleStream{c, s}
}

// consoleStream is one of a console's streams.
type consoleStream struct {
	*console
	stream event.Stream
}

// Write takes the status line away, writes, and draws it again.
func (w consoleStream) Write(b []byte) (int, error) {
	if !w.draws[w.stream] {
		return writeAll(w.streams[w.stream], b)
	}
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

// show makes text the status line; it is cut to what fits on one line.
func (c *console) show(text string) error {
	if text == c.status && c.drawn {
		return nil
	}
	c.status = text
	return c.draw()
}

// draw puts the status line on the screen, over the one that is there.
func (c *console) draw() error {
	if c.status == "" || c.inLine {
		return nil
	}
	width := c.columns()
	text := c.status[:min(len(c.status), max(width-1, 0))]
	c.drawn = true
	_, err := writeAll(c.streams[event.Stderr], []byte(belowCursor+text+backUp))
	return err
}

// hide takes the status line off the screen until the next draw.
func (c *console) hide() error {
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
func (c *console) columns() int {
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
