package keyboard

import (
	"errors"
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// ErrInterrupted reports that the user has typed ^C or ^\ instead of an answer.
var ErrInterrupted = errors.New("interrupted")

// Keys that ReadPassword acts on (termios(3)).
const (
	keyInterrupt = 3
	keyEnd       = 4
	keyBackspace = 8
	keyErase     = 21
	keyQuit      = 28
	keyDelete    = 127
)

// ReadPassword asks for a password on the terminal and reads it without echo. The terminal has its
// modes back when it returns: the keys that would send a signal, also ^Z, are read here, and a
// signal from elsewhere closes cancel. Its error is ErrInterrupted, io.EOF where ^D was typed or the
// terminal is gone, or that of cancel.
func ReadPassword(tty *os.File, prompt string, cancel <-chan struct{}) (word []byte, err error) {
	terminal := int(tty.Fd())
	modes, err := unix.IoctlGetTermios(terminal, getTermios)
	if err != nil {
		return nil, err
	}
	quiet := *modes
	quiet.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG | unix.IEXTEN
	quiet.Cc[unix.VMIN], quiet.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(terminal, setTermios, &quiet); err != nil {
		return nil, err
	}
	defer func() {
		_, _ = tty.WriteString("\n")
		err = errors.Join(err, unix.IoctlSetTermios(terminal, setTermios, modes))
	}()
	if _, err := tty.WriteString(prompt); err != nil {
		return nil, err
	}
	wake, closeWaker, err := waker(cancel)
	if err != nil {
		return nil, err
	}
	defer func() { _ = closeWaker() }()
	for {
		var b [1]byte
		if _, err := read(terminal, wake, b[:]); err != nil {
			return nil, err
		}
		next, last, err := typed(word, b[0])
		if last {
			return next, err
		}
		word = next
	}
}

// typed returns the word after a key. last reports that it was the last one.
func typed(word []byte, key byte) (next []byte, last bool, err error) {
	switch key {
	case '\r', '\n':
		return word, true, nil
	case keyInterrupt, keyQuit:
		return nil, true, ErrInterrupted
	case keyEnd:
		if len(word) == 0 {
			return nil, true, io.EOF
		}
		return word, true, nil
	case keyBackspace, keyDelete:
		_, size := utf8.DecodeLastRune(word)
		return word[:len(word)-size], false, nil
	case keyErase:
		return word[:0], false, nil
	case 0, 26: // ^@ cannot be in a password, and ^Z would leave the terminal without echo
		return word, false, nil
	}
	return append(slices.Clip(word), key), false, nil
}
