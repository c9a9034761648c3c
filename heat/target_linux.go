package heat

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

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

// userTicks is the unit of the times in /proc/PID/stat: USER_HZ, 100 a second
// on every architecture that Go knows.
const userTicks = 100

// startTime returns when process pid began (proc_pid_stat(5), field 22).
func startTime(pid int) (time.Time, bool) {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return time.Time{}, false
	}
	fields := bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
	const field = 22 - 3
	if len(fields) <= field {
		return time.Time{}, false
	}
	ticks, err := strconv.ParseInt(string(fields[field]), 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	var up unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) != nil {
		return time.Time{}, false
	}
	boot := time.Now().Add(-time.Duration(up.Nano()))
	return boot.Add(time.Duration(ticks) * (time.Second / userTicks)), true
}
