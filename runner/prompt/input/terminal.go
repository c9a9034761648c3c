package input

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A terminal is the one on standard input, and its original modes.
type terminal struct {
	fd    int
	modes unix.Termios
}

// openTerminal returns the terminal of file, which it leaves unchanged.
func openTerminal(file *os.File) (*terminal, error) {
	t := &terminal{fd: int(file.Fd())}
	modes, err := unix.IoctlGetTermios(t.fd, getModes)
	if err != nil {
		return nil, fmt.Errorf("read the terminal's modes: %w", err)
	}
	t.modes = *modes
	return t, nil
}

// raw makes every key a byte, and leaves output unchanged (termios(3)).
func (t *terminal) raw() error {
	m := t.modes
	m.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	m.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	m.Cc[unix.VMIN], m.Cc[unix.VTIME] = 1, 0
	return t.set(&m)
}

// restore sets the original modes.
func (t *terminal) restore() error { return t.set(&t.modes) }

func (t *terminal) set(m *unix.Termios) error {
	if err := unix.IoctlSetTermios(t.fd, setModes, m); err != nil {
		return fmt.Errorf("set the terminal's modes: %w", err)
	}
	return nil
}
