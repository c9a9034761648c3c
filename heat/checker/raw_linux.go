package checker

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls in this file never block, so they do not announce themselves to
// the runtime (RawSyscall). A call that does wakes the runtime's monitor
// thread, which then looks around every 20 µs until everything sleeps: that
// was a third of what a check costs.

// again calls do until a signal no longer interrupts it.
func again(do func() (uintptr, unix.Errno)) (int, error) {
	for {
		n, errno := do()
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}

// readNow reads from fd, which is non-blocking.
func readNow(fd int, b []byte) (int, error) {
	return again(func() (uintptr, unix.Errno) {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		return n, errno
	})
}

// closeNow closes a pipe, a socket or a pidfd.
func closeNow(fd int) { _, _, _ = unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

func closeAll(fds []int) {
	for _, fd := range fds {
		closeNow(fd)
	}
}

// setNonblock makes the pipe fd non-blocking.
func setNonblock(fd int) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_FCNTL, uintptr(fd), unix.F_SETFL, unix.O_NONBLOCK); errno != 0 {
		return errno
	}
	return nil
}

// setSubreaper makes this process a subreaper, or with 0 no longer one. The helper has tried that.
func setSubreaper(to uintptr) {
	_, _, _ = unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_CHILD_SUBREAPER, to, 0, 0, 0, 0)
}

// ignoreChildSignal has the kernel drop SIGCHLD, for which the runtime installs
// a handler: each check's end would interrupt the poller before the pidfd wakes
// it. The default action ignores the signal and, unlike SIG_IGN, leaves the
// children to wait for (sigaction(2)).
func ignoreChildSignal() {
	var action [16]uint64 // larger than any machine's; all zero is SIG_DFL
	const setSize = 8     // of the signal set; where it is larger the signal stays as it is
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGCHLD), uintptr(unsafe.Pointer(&action)), 0, setSize, 0, 0)
}

// waitNow takes the status of a child that has ended; pid -1 is any child. It
// returns 0 where there are children and none has ended.
func waitNow(pid int) (ended int, status unix.WaitStatus, err error) {
	var ws int32
	ended, err = again(func() (uintptr, unix.Errno) {
		n, _, errno := unix.RawSyscall6(unix.SYS_WAIT4, uintptr(pid), uintptr(unsafe.Pointer(&ws)), unix.WNOHANG, 0, 0, 0)
		return n, errno
	})
	return ended, unix.WaitStatus(ws), err
}

// epollNow returns how many events there are.
func epollNow(ep int, events []unix.EpollEvent) (int, error) {
	return again(func() (uintptr, unix.Errno) {
		n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(ep), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
		return n, errno
	})
}

// sendNow sends one message, with descriptors in oob, to the other end of the
// socket. A few of them always have room; where there is none, that is an
// error (EAGAIN).
func sendNow(fd int, msg, oob []byte) error {
	iov, hdr := header(msg, oob)
	_, err := again(func() (uintptr, unix.Errno) {
		hdr.Iov = &iov
		n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&hdr)), unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
		return n, errno
	})
	return err
}

// receiveNow takes one message; n is 0 when the other end is gone.
func receiveNow(fd int, msg, oob []byte) (n, oobn int, err error) {
	iov, hdr := header(msg, oob)
	n, err = again(func() (uintptr, unix.Errno) {
		hdr.Iov = &iov
		n, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&hdr)), unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
		return n, errno
	})
	return n, int(hdr.Controllen), err
}

func header(msg, oob []byte) (iov unix.Iovec, hdr unix.Msghdr) {
	iov.Base = unsafe.SliceData(msg)
	iov.SetLen(len(msg))
	hdr.SetIovlen(1)
	if len(oob) > 0 {
		hdr.Control = unsafe.SliceData(oob)
		hdr.SetControllen(len(oob))
	}
	return iov, hdr
}
