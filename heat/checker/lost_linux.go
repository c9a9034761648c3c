package checker

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// adoptLost makes this process the one that gets the check's processes should
// the helper die, until the returned function is called. What is started
// meanwhile by others in this process must not leave children behind.
func adoptLost() (undo func()) {
	_ = setSubreaper(true) // startClient has tried
	return func() { _ = setSubreaper(false) }
}

// lost ends a check whose helper has died, and reports it.
func (c *Checker) lost() Report {
	helper := c.helper.proc
	_ = helper.Signal(syscall.SIGKILL) // where it does not answer as it should
	<-helper.Exited()                  // only then its children are this process's
	look := func() ([]process, error) { reapAdopted(helper.Pid()); return descendants(os.Getpid()) }
	left := endAll(c.spec.Grace, c.asked() == askKill, look,
		func(fds []unix.PollFd, deadline time.Time) bool {
			poll(fds, deadline)
			return c.asked() == askKill
		})
	reapAdopted(helper.Pid()) // those that ended at the last look
	if c.asked() != 0 {
		return Report{Stopped: true, Left: left}
	}
	rep := cannotRun(ErrLost)
	rep.Left = left
	return rep
}

// asked returns what Stop asked for.
func (c *Checker) asked() byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stop
}

// reapAdopted takes the statuses of this process's children that have ended,
// but for that of the helper, which is os/exec's.
func reapAdopted(helper int) {
	table, err := processes()
	if err != nil {
		return
	}
	for _, p := range table[os.Getpid()] {
		if p.dead() && p.pid != helper {
			_, _ = unix.Wait4(p.pid, nil, unix.WNOHANG, nil) // reaped or not, it is over
		}
	}
}
