package checker

import (
	"os"
	"syscall"
	"time"

	"clsh/runner/proc"

	"golang.org/x/sys/unix"
)

// endLost ends a check whose helper has died, and reports it. This process has been a subreaper since
// the check began, so it got the check's processes. It must not have started others meanwhile; those
// that it had before are spared (descendants). asked returns what Stop asked for: askEnd, askKill or 0.
func endLost(ran *proc.Process, grace time.Duration, asked func() byte) Report {
	_ = ran.Signal(syscall.SIGKILL) // where it does not answer as it should
	<-ran.Exited()                  // only then its children are this process's
	// It has not been reaped, so it is still in the table.
	helper, _ := readProcess(ran.Pid(), make([]byte, 4096))
	look := func() ([]process, error) { reapAdopted(helper); return descendants(os.Getpid(), helper) }
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
