package heat

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"clsh/heat/checker"
	"clsh/heat/output"
	"clsh/heat/policy"
)

// run runs until heat is to end, and returns its exit status. What is being
// written then gets a moment, but no more.
func (l *loop) run() int {
	code := l.loop()
	l.finish()
	if l.ends == 0 && l.readerGone() {
		return exitSignal + int(syscall.SIGPIPE)
	}
	return code
}

// finish waits until everything is written, for settleLimit at most.
func (l *loop) finish() {
	lanes := append(l.store.Lanes(), &l.console.out.Lane, &l.log.Out.Lane, &l.notices.Lane)
	if l.page.to != nil {
		lanes = append(lanes, &l.page.to.file.Lane)
	}
	var ends []<-chan struct{}
	for _, lane := range lanes {
		ends = append(ends, lane.Settled(output.SettleLimit))
	}
	for _, end := range ends {
		<-end
	}
	// The others may have reported something here.
	<-l.stderr.Settled(output.SettleLimit / 6)
}

func (l *loop) loop() int {
	l.ops.notify("READY=1")
	if within := l.cfg.rules.Within; within > 0 {
		t := time.NewTimer(within - l.now())
		defer t.Stop()
		l.deadline = t.C
	}
	l.awaitEarlier()
	for {
		slot, due, ok := l.sleep()
		if !ok {
			break
		}
		r, rep, ok := l.check(slot, due)
		if !ok {
			break
		}
		if err := l.startError(r, rep); err != nil {
			fmt.Fprintln(l.errors(), err)
			return exitFailure
		}
		l.checks++
		if code, end := l.observe(r, &rep); end {
			l.stopping()
			return code
		}
		if l.checks == settled && l.ops.releaseMemory != nil {
			l.ops.releaseMemory()
		}
	}
	l.stopping()
	return l.exit
}

func (l *loop) stopping() {
	l.ops.notify("STOPPING=1")
	l.page.next = 0
	l.page.put(l)
	l.store.Flush(l.state, l.now())
	l.notifyStatus()
}

// settled is the check after which everything that a check needs is in memory.
const settled = 2

// startError is the error of a heat whose very first check cannot be started.
func (l *loop) startError(r policy.Result, rep checker.Report) error {
	if l.checks > 0 || r.Outcome != policy.CannotRun || errors.Is(rep.Err, checker.ErrLost) {
		return nil
	}
	return fmt.Errorf("%s: the check cannot be started: %w", l.name, rep.Err)
}

// sleep waits for the next check. It returns the instant of the grid and the
// one at which the check was to begin, with its jitter; ok is false when heat
// is to end.
func (l *loop) sleep() (slot, due time.Duration, ok bool) {
	for {
		now := l.now()
		slot, next := l.state.Next(now)
		due = slot
		if l.cfg.jitter > 0 {
			due += time.Duration(l.ops.random() * l.cfg.jitter * float64(l.state.Grid.Period))
		}
		rung, stop := l.ops.alarm(due - now)
		_, ok := wait(l, rung, nil)
		stop()
		switch {
		case l.ends > 0 || l.deserted:
			return 0, 0, false
		case l.checkNow, l.again:
			l.checkNow, l.again = false, false
			now := l.now()
			return now, now, true
		case !ok, l.now() < due:
			continue
		}
		// Whole slots that went by (SIGSTOP, a suspended machine) are skipped.
		if again, _ := l.state.Next(l.now()); again != slot && l.now()-due >= l.state.Grid.Period {
			continue
		}
		l.state = next
		return slot, due, true
	}
}

// check runs the check; ok is false when heat is to end.
func (l *loop) check(slot, due time.Duration) (policy.Result, checker.Report, bool) {
	unix := time.Now().Unix()
	r := policy.Result{Unix: unix, Slot: slot, Begin: l.now()}
	if l.hold(&r) {
		return r, checker.Report{}, true
	}
	t := l.ops.check()
	if l.cfg.check.limit > 0 {
		l.allow(l.cfg.check.limit + l.cfg.killAfter)
		defer func() { l.allowed = time.Time{} }()
	}
	rep, _ := wait(l, t.done, func(int) { t.stop() })
	r.End = l.now()
	r.Outcome, r.Code, r.Signal, r.Pid, r.Votes = rep.Outcome, rep.Code, rep.Signal, rep.Pid, rep.Votes
	if rep.Left > 0 {
		l.logf("%s of the check could not be ended", count(rep.Left, "process", "processes"))
	}
	if l.ends > 0 || rep.Stopped {
		return r, rep, false
	}
	if !l.own(&r) {
		return r, rep, false
	}
	l.checkNow = false // it was made meanwhile
	l.store.Checked(l.cfg.rules.Judge(r), r, r.Begin-due)
	return r, rep, true
}

// observe asks the policy about a check and does what it says; end is true
// when heat is to end with the status code.
func (l *loop) observe(r policy.Result, rep *checker.Report) (code int, end bool) {
	if l.cfg.files.pause != "" {
		_, err := os.Lstat(l.cfg.files.pause)
		r.Paused = err == nil
	}
	recheck := l.state.Quiet()
	next, actions := l.state.Observe(&l.cfg.rules, r)
	l.state = next
	verdict := l.cfg.rules.Judge(r)
	if l.ops.put != nil {
		l.ops.put(r, verdict)
	}
	l.console.check(verdict, r, recheck, failures(next, actions), rep.Err)
	l.beat(actions, r)
	l.save()
	if next.Phase == policy.Repairing {
		// A heat that is killed during the recovery must have written that there is one.
		l.awaitState()
	}
	for _, a := range actions {
		if l.ends > 0 && a.Do >= policy.WarnBackoff {
			l.state = l.state.Undone()
			break
		}
		if l.do(a, r, rep); l.pidGone && verdict == policy.Bad && !r.Paused && a.Do == policy.Log {
			break
		}
		if l.pidGone && a.Do == policy.SendSignal {
			break
		}
	}
	switch {
	case l.readerGone():
		return exitSignal + int(syscall.SIGPIPE), true
	case l.pidGone && verdict == policy.Bad && !r.Paused:
		fmt.Fprintln(l.errors(), msgNoPid)
		return exitFailure, true
	case l.ends > 0:
		return l.exit, true
	case l.cfg.once:
		return r.Code, true
	case l.state.Phase == policy.Reached:
		return 0, true
	case l.state.Phase == policy.GaveUp, l.state.Phase == policy.Missed:
		return exitGaveUp, true
	case l.state.Phase == policy.Repairing:
		l.state = l.state.Repaired(&l.cfg.rules, l.now())
	}
	l.save()
	return 0, false
}

// failures is the length of the streak that a check belongs to: the one that it
// closed, if it has.
func failures(s policy.State, actions []policy.Action) int {
	for _, a := range actions {
		if a.Do == policy.Proven {
			return a.Streak.Count
		}
	}
	return s.Streak.Count
}
