//go:build !linux

package keyboard

import "golang.org/x/sys/unix"

// waiting asks how many bytes can be read (FIONREAD of macOS and the BSDs,
// sys/filio.h).
const waiting = 0x4004667f

// How the modes are read and, once what was written has gone out and what was typed is dropped, set
// (termios(4) of macOS and the BSDs).
const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETAF
)
