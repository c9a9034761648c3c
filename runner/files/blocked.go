package files

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Writable reports whether a write to f would not wait (poll(2)). It is false for a full pipe, a
// terminal that is stopped, and what nobody reads any more.
func Writable(f *os.File) bool {
	for {
		fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLOUT}}
		_, err := unix.Poll(fds, 0)
		if !errors.Is(err, unix.EINTR) {
			return err == nil && fds[0].Revents == unix.POLLOUT
		}
	}
}

// blockedEvery is how often WhenBlocked looks.
const blockedEvery = 200 * time.Millisecond

// WhenBlocked calls f once a write to one of the streams would wait, but not before least is over,
// and at the latest when most is. A stream that is not a file never waits. f runs in a goroutine of
// its own, and not after stop has returned true.
func WhenBlocked(least, most time.Duration, f func(), streams ...io.Writer) (stop func() bool) {
	end := time.Now().Add(most)
	var timer *time.Timer
	started := make(chan struct{}) // closed when timer is set
	timer = time.AfterFunc(least, func() {
		<-started
		if blocked(streams) || !time.Now().Before(end) {
			f()
			return
		}
		timer.Reset(blockedEvery)
	})
	close(started)
	return timer.Stop
}

func blocked(streams []io.Writer) bool {
	for _, s := range streams {
		if f, ok := s.(*os.File); ok && !Writable(f) {
			return true
		}
	}
	return false
}
