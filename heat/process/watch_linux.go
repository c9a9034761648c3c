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
	none := func() {}
	fd := -1
	err := p.WithHandle(func(h uintptr) { fd, _ = unix.FcntlInt(h, unix.F_DUPFD_CLOEXEC, 0) })
	if err != nil || fd < 0 {
		return nil, none
	}
	if unix.SetNonblock(fd, true) != nil {
		unix.Close(fd)
		return nil, none
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	conn, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, none
	}
	closed := make(chan struct{})
	if readable(uintptr(fd)) {
		close(closed)
		return closed, func() { f.Close() }
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if conn.Read(readable) == nil {
			close(closed)
		}
	})
	return closed, func() { f.Close(); wg.Wait() }
}

func readable(fd uintptr) bool {
	set := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, _ := unix.Poll(set, 0)
	return n > 0
}
