package cli

import (
	"io"
	"os"

	"clsh/runner/cli/system"
	"clsh/runner/keyboard"
)

// noteUnsent reports, once, that standard input holds something that --stdin would have
// sent. It reports nothing for a terminal, a device such as /dev/null, and an input
// with nothing to read.
func (c *Command) noteUnsent(sys *system.System) {
	if c.unsentNoted || c.noInput || c.Stdin || c.Quiet || !sys.Profile().Notes || !holdsInput(sys.Stdin) {
		return
	}
	c.unsentNoted = true
	sys.Tell("Note: standard input is not sent; --stdin sends it")
}

// holdsInput reports whether there is something to read in a pipe, a socket or a file. It
// reads nothing.
func holdsInput(in *os.File) bool {
	if in == nil {
		return false
	}
	info, err := in.Stat()
	if err != nil {
		return false
	}
	switch info.Mode().Type() {
	case 0:
		at, err := in.Seek(0, io.SeekCurrent)
		return err == nil && at < info.Size()
	case os.ModeNamedPipe, os.ModeSocket:
		n, err := keyboard.Readable(int(in.Fd()))
		return err == nil && n > 0
	}
	return false
}
