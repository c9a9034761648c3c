package probe

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// connect connects to an address, and closes the connection again. An address of this machine answers
// within the first system call, and then the runtime's poller, with three more calls and a wake-up of
// another thread, is not needed: that is half of what a probe costs.
func connect(ctx context.Context, to netip.AddrPort) error {
	fail := func(call string, err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: os.NewSyscallError(call, err)}
	}
	family, address := sockaddr(to)
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return fail("socket", err)
	}
	err = unix.Connect(fd, address)
	if err == unix.EINPROGRESS || err == unix.EINTR { //nolint:errorlint // both are what connect(2) returns
		if err = ended(fd); err == unix.EINPROGRESS { //nolint:errorlint // the same
			return wait(ctx, fd, to, fail)
		}
	}
	if err == nil && ownEnd(fd, to) {
		err = unix.ECONNREFUSED
	}
	_ = unix.Close(fd) // it was accepted: that is all that was asked
	if err != nil {
		return fail("connect", err)
	}
	return nil
}

// wait waits for the end of a connect that is under way, and closes the socket.
func wait(ctx context.Context, fd int, to netip.AddrPort, fail func(string, error) error) error {
	f := os.NewFile(uintptr(fd), "socket")
	defer f.Close()
	stop := context.AfterFunc(ctx, func() { _ = f.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	conn, _ := f.SyscallConn() // fails for a closed file only
	result := error(unix.EINPROGRESS)
	err := conn.Write(func(uintptr) bool {
		if result = ended(fd); result == nil && ownEnd(fd, to) {
			result = unix.ECONNREFUSED
		}
		return result != unix.EINPROGRESS //nolint:errorlint // made here
	})
	switch {
	case err == nil && result == nil:
		return nil
	case err == nil:
		return fail("connect", result)
	}
	return fail("connect", cmp.Or(ctx.Err(), err))
}

// ended returns how a connect ended: EINPROGRESS if it has not.
func ended(fd int) error {
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	switch n, err := unix.Poll(poll, 0); {
	case err == unix.EINTR, n == 0:
		return unix.EINPROGRESS
	case err != nil:
		return err
	}
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 {
		err = unix.Errno(code)
	}
	return err
}

// ownEnd reports whether a socket is connected to itself. The kernel may choose the port that is asked
// for as the socket's own, and then two ends that connect at the same time are one (RFC 9293, 3.5).
func ownEnd(fd int, to netip.AddrPort) bool {
	own, err := syscall.Getsockname(fd) // that of unix asks for the protocol, too
	if err != nil {
		return false
	}
	switch own := own.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(own.Addr), uint16(own.Port)) == to
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(own.Addr), uint16(own.Port)) == to
	}
	return false
}

func sockaddr(to netip.AddrPort) (family int, address unix.Sockaddr) {
	if to.Addr().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}
}
