//go:build !linux

package checker

import "syscall"

// readNow reads from fd, which is non-blocking.
func readNow(fd int, b []byte) (int, error) {
	for {
		if n, err := syscall.Read(fd, b); err != syscall.EINTR {
			return n, err
		}
	}
}
