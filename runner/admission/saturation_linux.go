package admission

import (
	"bytes"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// waited reads /proc/PID/schedstat (Linux, sched-stats.rst): the time on a processor and the
// time waiting for one, in nanoseconds. It uses raw system calls, since /proc does not block
// and the runtime would wake a thread to watch each call.
func waited(pid int) (time.Duration, bool) {
	path := append(strconv.AppendInt([]byte("/proc/"), int64(pid), 10), "/schedstat\x00"...)
	fd, _, errno := syscall.RawSyscall6(syscall.SYS_OPENAT, 0, uintptr(unsafe.Pointer(&path[0])), syscall.O_RDONLY|syscall.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return 0, false
	}
	var text [80]byte
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)))
	_, _, _ = syscall.RawSyscall(syscall.SYS_CLOSE, fd, 0, 0)
	if errno != 0 {
		return 0, false
	}
	fields := bytes.Fields(text[:n])
	if len(fields) < 2 {
		return 0, false
	}
	wait, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return time.Duration(wait), err == nil
}
