package loop

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"clsh/heat/checker"
	"clsh/heat/exit"
	"clsh/heat/policy"
	"clsh/heat/words"
	"clsh/heat/worker"
)

// Run runs until heat is to end, and returns its exit status. What is being
// written then gets a moment, but no more.
func (l *Loop) Run() int {
	code := l.loop()
	lanes := l.store.Lanes()
	if l.page.to != nil {
		lanes = append(lanes, l.page.to.Lane())
	}
	l.Finish(lanes...)
	if !l.Ending() && l.ReaderGone() {
		return exit.Signal + int(syscall.SIGPIPE)
	}
	return code
}

func (l *Loop) loop() int {
	l.Ops.Notify("READY=1")
	if within := l.Settings.Rules.Within; within > 0 {
		l.Deadline, l.Expire = time.After(within-l.Now()), l.expire
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
			fmt.Fprintln(l.Errors(), err)
			return exit.Failure
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
	return l.Exit()
}

func (l *Loop) stopping() {
	l.Ops.Notify("STOPPING=1")
	l.page.next = 0
	l.page.put(l)
	l.store.Flush(l.state, l.Now())
	l.notifyStatus()
}

// settled is the check after which everything that a check needs is in memory.
const settled = 2

// startError is the error of a heat whose very first check cannot be started, if there is no other.
func (l *Loop) startError(r policy.Result, rep checker.Report) error {
	if l.ops.put != nil || l.checks > 0 || r.Outcome != policy.CannotRun || errors.Is(rep.Err, checker.ErrLost) {
		return nil
	}
	return fmt.Errorf("%s: the check cannot be started: %w", l.Name, rep.Err)
}

// sleep waits for the next check. It returns the instant of the grid and the
// one at which the check was to begin, with its jitter; ok is false when heat
// is to end.
func (l *Loop) sleep() (slot, due time.Duration, ok bool) {
	for skipped := false; ; {
		now := l.Now()
		slot, next := l.state.Next(now)
		due = slot
		if l.Settings.Jitter > 0 {
			due += time.Duration(l.ops.random() * l.Settings.Jitter * float64(l.state.Grid.Period))
		}
		rung, stop := l.ops.alarm(due - now)
		_, ok := worker.Wait(l.Worker, rung, nil)
		stop()
		switch {
		case l.Ending() || l.Deserted():
			return 0, 0, false
		case l.CheckNow, l.Again:
			l.CheckNow, l.Again = false, false
			now := l.Now()
			return now, now, true
		case !ok, l.Now() < due:
			continue
		}
		// Whole slots that went by (SIGSTOP, a suspended machine) are skipped. If heat wakes up as late
		// again, the machine is starved: a check that is late is better than none.
		if again, _ := l.state.Next(l.Now()); !skipped && again != slot && l.Now()-due >= l.state.Grid.Period {
			skipped = true
			continue
		}
		l.state = next
		return slot, due, true
	}
}

// check runs the check; ok is false when heat is to end.
func (l *Loop) check(slot, due time.Duration) (policy.Result, checker.Report, bool) {
	unix := time.Now().Unix()
	r := policy.Result{Unix: unix, Slot: slot, Begin: l.Now()}
	if l.hold(&r) {
		return r, checker.Report{}, true
	}
	t := l.ops.check()
	if l.Settings.Check.Limit > 0 {
		defer l.Allow(l.Settings.Check.Limit + l.Settings.KillAfter)()
	}
	rep, _ := worker.Wait(l.Worker, t.Done, func(int) { t.Stop() })
	r.End = l.Now()
	r.Outcome, r.Code, r.Signal, r.Pid, r.Votes = rep.Outcome, rep.Code, rep.Signal, rep.Pid, rep.Votes
	if rep.Left > 0 {
		l.Logf("%s of the check could not be ended", words.Count(rep.Left, "process", "processes"))
	}
	if l.Ending() || rep.Stopped || !l.own(&r) {
		return r, rep, false
	}
	l.CheckNow = false // it was made meanwhile
	l.store.Checked(l.Settings.Rules.Judge(r), r, r.Begin-due)
	return r, rep, true
}

// observe asks the policy about a check and does what it says; end is true
// when heat is to end with the status code.
func (l *Loop) observe(r policy.Result, rep *checker.Report) (code int, end bool) {
	if l.Settings.Files.Pause != "" {
		_, err := os.Lstat(l.Settings.Files.Pause)
		r.Paused = err == nil
	}
	recheck := l.state.Quiet()
	next, actions := l.state.Observe(&l.Settings.Rules, r)
	l.state = next
	verdict := l.Settings.Rules.Judge(r)
	if l.ops.put != nil {
		l.ops.put(r, verdict)
	}
	l.Console.Check(verdict, r, recheck, failures(next, actions), rep.Err)
	l.beat(actions, r)
	l.save()
	if next.Phase == policy.Repairing {
		// A heat that is killed during the recovery must have written that there is one.
		l.awaitState()
	}
	for _, a := range actions {
		if l.Ending() && a.Do >= policy.WarnBackoff {
			l.state = l.state.Undone()
			break
		}
		if l.do(a, r, rep); l.PidGone && verdict == policy.Bad && !r.Paused && a.Do == policy.Log {
			break
		}
		if l.PidGone && a.Do == policy.SendSignal {
			break
		}
	}
	switch {
	case l.ReaderGone():
		return exit.Signal + int(syscall.SIGPIPE), true
	case l.PidGone && verdict == policy.Bad && !r.Paused:
		fmt.Fprintln(l.Errors(), exit.MsgNoPid)
		return exit.Failure, true
	case l.Ending():
		return l.Exit(), true
	case l.Settings.Once:
		return r.Code, true
	case l.state.Phase == policy.Reached:
		return 0, true
	case l.state.Phase == policy.GaveUp, l.state.Phase == policy.Missed:
		return exit.GaveUp, true
	case l.state.Phase == policy.Repairing:
		l.state = l.state.Repaired(&l.Settings.Rules, l.Now())
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

// expire is called when --within is over.
func (l *Loop) expire() {
	next, actions := l.state.Expire(&l.Settings.Rules)
	l.state = next
	for _, a := range actions {
		l.report(a)
	}
}
