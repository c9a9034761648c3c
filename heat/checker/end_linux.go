package checker

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	// rescan bounds how long a process that was started in answer to a
	// signal goes unseen.
	rescan = 100 * time.Millisecond
	// hopeless is how long is waited for a process that does not go at
	// SIGKILL, because it is in uninterruptible sleep.
	hopeless = 3 * time.Second
	// watched bounds how many are watched for their end at a time; those
	// beyond it are seen at the next look.
	watched = 512
	// looks is how many looks in a row must find nothing. A process that forks and ends while the
	// table is read hides its child.
	looks = 3
)

// endAll ends the processes that look returns, until it returns none, several times in a row. It calls
// watch to wait until one of fds has ended, or the deadline; watch returns
// true where the rest of the grace is to be skipped.
func endAll(grace time.Duration, kill bool, look func() ([]process, error), watch func(fds []unix.PollFd, deadline time.Time) (kill bool)) (left int) {
	e := ending{termed: map[process]bool{}, killAt: time.Now().Add(grace), buf: make([]byte, 4096)}
	if kill {
		e.killAt = time.Now()
	}
	for none := 0; none < looks; {
		list, err := look()
		if err != nil {
			return 0
		}
		if len(list) == 0 {
			none++
			continue
		}
		none = 0
		late := time.Since(e.killAt)
		if late > hopeless || e.signal(list, late >= 0) == len(list) {
			unwatch(e.fds)
			return len(list)
		}
		until := time.Now().Add(rescan)
		if late < 0 && e.killAt.Before(until) {
			until = e.killAt
		}
		if watch(e.fds, until) {
			e.killAt = time.Now()
		}
		unwatch(e.fds)
	}
	return 0
}

// ending is one call of end under way.
type ending struct {
	termed map[process]bool // those that got SIGTERM
	killAt time.Time
	fds    []unix.PollFd // of the processes of this round
	buf    []byte
}

// signal signals the processes of list and keeps pidfds of them in fds. It
// returns how many cannot be killed, because they are another user's.
func (e *ending) signal(list []process, kill bool) (denied int) {
	e.fds = e.fds[:0]
	for _, p := range list {
		fd := p.open(e.buf)
		if fd < 0 {
			continue
		}
		switch {
		case kill:
			if unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) == unix.EPERM {
				denied++
			}
		case !e.termed[p.id()]:
			e.termed[p.id()] = true
			_ = unix.PidfdSendSignal(fd, unix.SIGTERM, nil, 0)
			_ = unix.PidfdSendSignal(fd, unix.SIGCONT, nil, 0)
		}
		if len(e.fds) < watched {
			e.fds = append(e.fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
		} else {
			unix.Close(fd)
		}
	}
	return denied
}

func unwatch(fds []unix.PollFd) {
	for _, f := range fds {
		unix.Close(int(f.Fd))
	}
}

// poll waits for one of set, or until the deadline; the zero time is none.
func poll(set []unix.PollFd, deadline time.Time) {
	timeout := -1
	if !deadline.IsZero() {
		// Rounded up, or the last millisecond would be spent spinning.
		timeout = max(0, int((time.Until(deadline)+time.Millisecond-1)/time.Millisecond))
	}
	if _, err := unix.Poll(set, timeout); err != nil {
		for i := range set {
			set[i].Revents = 0
		}
	}
}
