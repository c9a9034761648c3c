package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// socket returns one, bound to a port of 127.0.0.1 that the kernel chooses.
func socket(t *testing.T) (fd int, at netip.AddrPort) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	own, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(own.(*unix.SockaddrInet4).Port))
}

// A server whose queue is full does not answer: the probe waits until there is room, or its limit.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	server, at := socket(t)
	if err := unix.Listen(server, 0); err != nil {
		t.Fatal(err)
	}
	for pending := false; !pending; {
		fd, _ := socket(t)
		_, address := sockaddr(at)
		err := unix.Connect(fd, address)
		if err != nil && !errors.Is(err, unix.EINPROGRESS) {
			t.Fatal(err)
		}
		pending = errors.Is(ended(fd), unix.EINPROGRESS)
	}
	text := fmt.Sprintf("tcp://%v", at)
	if err := check(t, text, 50*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("at its limit: %v", err)
	}
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Check(ctx) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	go func() { done <- p.Check(t.Context()) }()
	for {
		if fd, _, err := unix.Accept(server); err == nil {
			_ = unix.Close(fd)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("with room: %v", err)
			}
			return
		case <-time.After(10 * time.Millisecond): // the kernel asks again after a second
		}
	}
}

// A socket that is connected to itself has found no server.
func TestOwnEnd(t *testing.T) {
	t.Parallel()
	fd, at := socket(t)
	_, address := sockaddr(at)
	if err := unix.Connect(fd, address); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		t.Fatal(err)
	}
	if err := ended(fd); err != nil || !ownEnd(fd, at) {
		t.Errorf("connected to itself: %v", err)
	}
	server, at := socket(t)
	if err := unix.Listen(server, 1); err != nil {
		t.Fatal(err)
	}
	client, _ := socket(t)
	_, address = sockaddr(at)
	if err := unix.Connect(client, address); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		t.Fatal(err)
	}
	if err := ended(client); err != nil || ownEnd(client, at) {
		t.Errorf("connected to a server: %v", err)
	}
}
