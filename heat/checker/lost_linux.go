package checker

import (
	"os"
	"slices"
	"syscall"
	"time"

	"clsh/runner/proc"

	"golang.org/x/sys/unix"
)

// adoptLost makes this process the one that gets the check's processes should
// the helper die, until the returned function is called. This process must not
// start others meanwhile; those that it has already are spared (descendantsSince).
func adoptLost() (undo func()) {
	_ = setSubreaper(true) // startClient has tried
	return func() { _ = setSubreaper(false) }
}

// endLost ends a check whose helper has died, and reports it. asked returns what Stop asked
// for: askEnd, askKill or 0.
func endLost(ran *proc.Process, grace time.Duration, asked func() byte) Report {
	_ = ran.Signal(syscall.SIGKILL) // where it does not answer as it should
	<-ran.Exited()                  // only then its children are this process's
	// It has not been reaped, so it is still in the table.
	helper, _ := readProcess(ran.Pid(), make([]byte, 4096))
	look := func() ([]process, error) { reapAdopted(helper); return descendantsSince(helper) }
	left := endAll(grace, asked() == askKill, look,
		func(fds []unix.PollFd, deadline time.Time) bool {
			poll(fds, deadline)
			return asked() == askKill
		})
	reapAdopted(helper) // those that ended at the last look
	if asked() != 0 {
		return Report{Stopped: true, Left: left}
	}
	rep := cannotRun(ErrLost)
	rep.Left = left
	return rep
}

// reapAdopted takes the statuses of the children that have ended and came from the helper. That
// of the helper itself, and of the children that this process has started, are os/exec's.
func reapAdopted(helper process) {
	table, err := processes()
	if err != nil {
		return
	}
	for _, p := range table[os.Getpid()] {
		if p.dead() && p.youngerThan(helper) {
			_, _ = unix.Wait4(p.pid, nil, unix.WNOHANG, nil) // reaped or not, it is over
		}
	}
}

// descendantsSince returns what lives under this process and came from the helper: all that
// descends from children that began after it. A child that is older is this process's own, and so
// is what descends from it.
func descendantsSince(helper process) ([]process, error) {
	children, err := processes()
	if err != nil {
		return nil, err
	}
	self := os.Getpid()
	children[self] = slices.DeleteFunc(children[self], func(p process) bool { return !p.youngerThan(helper) })
	return living(children, self), nil
}

// youngerThan reports whether p began after other. In one tick of the clock the numbers of
// processes tell, which are given out in turn.
func (p process) youngerThan(other process) bool {
	return p.start > other.start || p.start == other.start && p.pid > other.pid
}
