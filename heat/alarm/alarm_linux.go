package alarm

import (
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Open returns an alarm that is a timerfd(2) in the runtime's poller. For
// a timer of the runtime, its monitor thread wakes as well and looks around
// every 20 µs while the check is being started. The caller must call stop.
func Open() (set Alarm, stop func()) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return Timer, func() {}
	}
	f := os.NewFile(uintptr(fd), "timerfd")
	conn, _ := f.SyscallConn() // fails for a closed file only
	rung := make(chan time.Time, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		for conn.Read(expired) == nil {
			select {
			case rung <- time.Now():
			default:
			}
		}
	})
	set = func(d time.Duration) (<-chan time.Time, func()) {
		setTimer(fd, max(d, 1))
		return rung, func() {
			setTimer(fd, 0)
			select {
			case <-rung:
			default:
			}
		}
	}
	return set, func() { f.Close(); wg.Wait() }
}

// setTimer lets the timer expire after d, once; 0 stops it. It cannot fail.
func setTimer(fd int, d time.Duration) {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	_, _, _ = syscall.RawSyscall6(unix.SYS_TIMERFD_SETTIME, uintptr(fd), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
}

// expired takes the timer's expiration. It does not wait, so the runtime need
// not know of the call (RawSyscall).
func expired(fd uintptr) bool {
	var count uint64
	_, _, errno := syscall.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&count)), unsafe.Sizeof(count))
	return errno != unix.EAGAIN
}
