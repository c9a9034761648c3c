package conn

import "golang.org/x/sys/unix"

// waiting asks how many bytes can be read (pipe(7), FIONREAD).
const waiting = unix.TIOCINQ
