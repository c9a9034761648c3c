package cli

import "golang.org/x/sys/unix"

// waiting asks how many bytes can be read (ioctl_tty(2)).
const waiting = unix.TIOCINQ
