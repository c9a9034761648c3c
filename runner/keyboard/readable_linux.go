package keyboard

import "golang.org/x/sys/unix"

// waiting asks how many bytes can be read (ioctl_tty(2)).
const waiting = unix.TIOCINQ

// How the modes are read and, once what was written has gone out and what was typed is dropped, set
// (termios(3)).
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETSF
)
