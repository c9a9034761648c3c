package conn

import (
	"syscall"
	"unsafe"
)

// readNow is read(2) of a pipe that does not block, and so is none of the
// runtime's business: for each other system call it wakes a thread that looks
// whether the call takes long (runtime.sysmon). That was half of all the switches
// of context, with a line or two a host. buf is not empty.
func readNow(fd int, buf []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
	return int(n), errno
}

// writeNow is write(2) to such a pipe of what has room in it, and so is written
// at once and whole (pipe(7), PIPE_BUF).
func writeNow(fd int, p []byte) syscall.Errno {
	for {
		_, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		if errno != syscall.EINTR {
			return errno
		}
	}
}
