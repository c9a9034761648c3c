package checker

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A waiter waits for any of a few descriptors in the runtime's poller: an
// epoll instance of its own inside the runtime's. A goroutine that blocks in
// poll(2) instead keeps the runtime's monitor thread awake, which costs more
// than the rest of a check.
type waiter struct {
	ep   int
	file *os.File
	conn syscall.RawConn

	events [4]unix.EpollEvent
	n      int
	err    error
	ready  []int32
}

func newWaiter(fd int) (*waiter, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an epoll instance: %w", err)
	}
	if err := unix.SetNonblock(ep, true); err != nil { // or os.NewFile would not poll it
		unix.Close(ep)
		return nil, fmt.Errorf("make an epoll instance: %w", err)
	}
	w := &waiter{ep: ep, file: os.NewFile(uintptr(ep), "epoll")}
	w.conn, _ = w.file.SyscallConn() // fails for a closed file only
	if err := w.add(fd); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *waiter) close() { _ = w.file.Close() }

func (w *waiter) add(fd int) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	if err := unix.EpollCtl(w.ep, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		return fmt.Errorf("wait for descriptor %d: %w", fd, err)
	}
	return nil
}

// remove is to be called before fd is closed: a child that was forked in
// between and has not yet called exec would keep it in.
func (w *waiter) remove(fd int) { _ = unix.EpollCtl(w.ep, unix.EPOLL_CTL_DEL, fd, nil) }

// wait returns those that can be read or have ended; none at the deadline. The
// zero time is no deadline. The slice is valid until the next wait.
func (w *waiter) wait(deadline time.Time) (ready []int32, err error) {
	if err := w.file.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	w.ready, w.n, w.err = w.ready[:0], 0, nil
	if err := w.conn.Read(w.look); err != nil {
		if os.IsTimeout(err) {
			return nil, nil
		}
		return nil, err
	}
	for _, e := range w.events[:max(w.n, 0)] {
		w.ready = append(w.ready, e.Fd)
	}
	return w.ready, w.err
}

// look reports whether the wait is over.
func (w *waiter) look(uintptr) bool {
	w.n, w.err = epollNow(w.ep, w.events[:])
	return w.n != 0
}
