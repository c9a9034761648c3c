package heat

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"clsh/heat/checker"
	"clsh/heat/output"
	"clsh/heat/policy"
)

// A processID names a process for good: its number alone may be a stranger's
// by the time that the next heat reads the state file.
type processID struct {
	Pid   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since boot
	Boot  string `json:"boot"`
}

// identify returns the identity of a process, or nil where that cannot be known.
func identify(pid int) *processID {
	ticks, known := checker.StartTicks(pid)
	if !known || ticks == 0 {
		return nil
	}
	return &processID{pid, ticks, bootID()}
}

func bootID() string {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(text))
}

// alive reports whether the process still runs.
func (id *processID) alive() bool {
	ticks, known := checker.StartTicks(id.Pid)
	return known && id.Pid > 0 && ticks != 0 && ticks == id.Start && id.Boot == bootID()
}

// adopt takes up a hook that an earlier heat started. It is no child: how it
// ends cannot be known.
func (id *processID) adopt(limit, grace time.Duration) (task[hookEnd], error) {
	p, err := os.FindProcess(id.Pid)
	if err != nil {
		return task[hookEnd]{}, err
	}
	gone, release := watchExit(p)
	// The handle was opened first: both are of the same process, or it has ended.
	if gone == nil || !id.alive() {
		release()
		return task[hookEnd]{}, os.ErrProcessDone
	}
	s := hookProcess{
		exited: gone,
		signal: func(sig syscall.Signal) {
			if id.alive() { // or its number may be another group's
				_ = syscall.Kill(-id.Pid, sig)
			}
		},
		reap: func() int { release(); return 0 },
	}
	return s.run(limit, grace, nil), nil
}

// hold returns what happens between the start of a hook's process and the
// script in it: the state file gets the number of a recovery's process, so that
// a heat that is killed and started again does not start a second one beside
// it. It is nil where nothing has to happen.
func (l *loop) hold(do policy.Do) func(pid int) {
	if do != policy.RunRecovery || l.cfg.state == "" {
		return nil
	}
	return func(pid int) {
		l.keeper.running = identify(pid)
		l.save()
		_, _ = wait(l, l.keeper.state.Settled(output.SettleLimit), func(int) {})
	}
}

// awaitEarlier waits for a recovery that an earlier heat began and that still
// runs, as that heat would have.
func (l *loop) awaitEarlier() {
	id := l.keeper.running
	if id == nil || l.cfg.rules.Threshold == 0 || l.cfg.watch {
		return
	}
	if t, err := id.adopt(l.cfg.hookTimeout, l.cfg.killAfter); err == nil {
		name := fmt.Sprintf("the recovery of an earlier heat, process %d,", id.Pid)
		l.tell("%s is still running; waiting for it to end", name)
		why := ""
		if end := l.awaitScript(name, t); end.timedOut {
			why = " at --hook-timeout"
		}
		l.tell("%s has ended%s", name, why)
	}
	l.keeper.running = nil
	if l.state.Phase != policy.Watching {
		l.state = l.state.Repaired(&l.cfg.rules, l.now())
	}
	l.save()
}
