package process

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// watchExit returns a channel that is closed when p has ended, and a function
// that stops watching. It waits for p's pidfd in the runtime's poller. Where
// that cannot be, the channel is nil.
func watchExit(p *os.Process) (gone <-chan struct{}, stop func()) {
	fd := -1
	err := p.WithHandle(func(h uintptr) { fd, _ = unix.FcntlInt(h, unix.F_DUPFD_CLOEXEC, 0) })
	if err != nil || fd < 0 {
		return nil, func() {}
	}
	_ = unix.SetNonblock(fd, true) // of a descriptor that is open it cannot fail, nor can SyscallConn
	f := os.NewFile(uintptr(fd), "pidfd")
	conn, _ := f.SyscallConn()
	closed := make(chan struct{})
	var wg sync.WaitGroup
	if readable(uintptr(fd)) {
		close(closed)
	} else {
		wg.Go(func() {
			if conn.Read(readable) == nil {
				close(closed)
			}
		})
	}
	return closed, func() { f.Close(); wg.Wait() }
}

func readable(fd uintptr) bool {
	set := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, _ := unix.Poll(set, 0)
	return n > 0
}
