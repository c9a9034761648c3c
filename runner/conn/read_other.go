//go:build !linux

package conn

import (
	"errors"
	"syscall"
)

// readNow is read(2) of a pipe that does not block.
func readNow(fd int, buf []byte) (int, syscall.Errno) {
	n, err := syscall.Read(fd, buf)
	errno, _ := errors.AsType[syscall.Errno](err)
	return n, errno
}

// writeNow is write(2) to such a pipe of what has room in it.
func writeNow(fd int, p []byte) syscall.Errno {
	for {
		_, err := syscall.Write(fd, p)
		errno, _ := errors.AsType[syscall.Errno](err)
		if errno != syscall.EINTR {
			return errno
		}
	}
}
