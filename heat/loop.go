package heat

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"clsh/heat/checker"
	"clsh/heat/output"
	"clsh/heat/policy"
)

// A loop runs the checks when they are due and does what the policy says.
// Everything in it happens in one goroutine; checks and scripts are tasks
// beside it, one at a time, and while it waits for one it serves signals.
type loop struct {
	cfg       *config
	hands     hands
	cancelled <-chan struct{} // heat is to end
	begin     time.Time       // instants of the policy are since then
	state     policy.State

	console *console
	log     *output.Log
	stderr  *output.Outlet
	notices *output.Outlet // to the service manager
	name    string         // of the program, for messages
	keeper  *keeper

	late    <-chan time.Time // ticks while a script runs for longer than it should
	hook    string           // the script that runs
	hookAt  time.Time        // when it began
	allowed time.Time        // by when the running task ends; zero: no limit

	ends     int // signals to end that have come
	exit     int // the exit status that the first one means
	checkNow bool
	pidGone  bool
	checks   int  // have run
	deserted bool // nobody reads standard output any more
}

// hands are what the loop touches the world with. Tests have others.
type hands struct {
	check func() task[checker.Report]
	// hook starts h; hold is called with its process's number before it runs.
	hook func(h hook, env []string, hold func(pid int)) task[hookEnd]
	// hookEnded, where there is one, is called when it has ended.
	hookEnded func()
	// signal signals the process of --pid or --pidfile and returns its number.
	signal   func(syscall.Signal) (int, error)
	signals  <-chan os.Signal
	gone     <-chan struct{} // the process of --pid has ended
	watchdog <-chan time.Time
	alarm    alarm
	// releaseMemory gives memory back that only the start needed.
	releaseMemory func()
	// notify tells the service manager (sd_notify(3)).
	notify   func(string)
	terminal bool // there is a controlling terminal
	random   func() float64
}

// An alarm rings once after d, on the channel that it returns, unless stop is
// called before. It may ring early after a stop that came late.
type alarm func(d time.Duration) (rung <-chan time.Time, stop func())

// timerAlarm is an alarm of the runtime's timers.
func timerAlarm(d time.Duration) (rung <-chan time.Time, stop func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

func (l *loop) now() time.Duration { return time.Since(l.begin) }

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
	lanes := []*output.Lane{&l.console.out.Lane, &l.log.Out.Lane, &l.notices.Lane, &l.keeper.state.Lane, &l.keeper.metricsFile.Lane}
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
	l.hands.notify("READY=1")
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
			return exitOriginal
		}
		l.checks++
		if code, end := l.observe(r, &rep); end {
			l.stopping()
			return code
		}
		if l.checks == settled && l.hands.releaseMemory != nil {
			l.hands.releaseMemory()
		}
	}
	l.stopping()
	return l.exit
}

func (l *loop) stopping() {
	l.hands.notify("STOPPING=1")
	l.keeper.written = nil // with what has been counted since
	l.save()
}

// settled is the check after which everything that a check needs is in memory.
const settled = 2

// errors is where the line goes that says why heat ends with exit status 1.
func (l *loop) errors() io.Writer {
	if l.cfg.compat {
		return l.console.out
	}
	return l.stderr
}

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
			due += time.Duration(l.hands.random() * l.cfg.jitter * float64(l.state.Grid.Period))
		}
		rung, stop := l.hands.alarm(due - now)
		_, ok := wait(l, rung, nil)
		stop()
		switch {
		case l.ends > 0 || l.deserted:
			return 0, 0, false
		case l.checkNow:
			l.checkNow = false
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
	t := l.hands.check()
	if l.cfg.limit > 0 {
		l.allow(l.cfg.limit + l.cfg.killAfter)
		defer func() { l.allowed = time.Time{} }()
	}
	rep, _ := wait(l, t.done, func(int) { t.stop() })
	r.End = l.now()
	r.Outcome, r.Code, r.Signal, r.Pid = rep.Outcome, rep.Code, rep.Signal, rep.Pid
	if rep.Left > 0 {
		l.tell("%s of the check could not be ended", count(rep.Left, "process", "processes"))
	}
	if l.ends > 0 || rep.Stopped {
		return r, rep, false
	}
	l.checkNow = false // it was made meanwhile
	l.keeper.checked(l.cfg.rules.Judge(r), r, r.Begin-due)
	return r, rep, true
}

// observe asks the policy about a check and does what it says; end is true
// when heat is to end with the status code.
func (l *loop) observe(r policy.Result, rep *checker.Report) (code int, end bool) {
	if l.cfg.pauseFile != "" {
		_, err := os.Lstat(l.cfg.pauseFile)
		r.Paused = err == nil
	}
	recheck := l.state.Quiet()
	state, actions := l.state.Observe(&l.cfg.rules, r)
	l.state = state
	verdict := l.cfg.rules.Judge(r)
	l.console.check(verdict, r, recheck, failures(state, actions), rep.Err)
	l.save()
	if state.Phase == policy.Repairing {
		// A heat that is killed during the recovery must have written that there is one.
		_, _ = wait(l, l.keeper.state.Settled(output.SettleLimit), func(int) {})
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
		return exitOriginal, true
	case l.ends > 0:
		return l.exit, true
	case l.cfg.once:
		return r.Code, true
	case l.state.Phase == policy.GaveUp:
		return exitGaveUp, true
	case l.state.Phase == policy.Repairing:
		l.state = l.state.Repaired(&l.cfg.rules, l.now())
	}
	l.save()
	return 0, false
}

// failures is the length of the row that a check belongs to: the one that it
// closed, if it has.
func failures(s policy.State, actions []policy.Action) int {
	for _, a := range actions {
		if a.Do == policy.Proven {
			return a.Row.Count
		}
	}
	return s.Row.Count
}

// readerGone reports whether nobody reads standard output any more.
func (l *loop) readerGone() bool {
	select {
	case <-l.console.out.Gone:
		return true
	default:
		return false
	}
}

// tell reports something on standard error and in the log. It may be called
// from any goroutine.
func (l *loop) tell(format string, args ...any) {
	now := time.Now().Unix()
	text := fmt.Sprintf(format, args...)
	if l.log.Out != l.stderr {
		l.log.Note(now, text)
	}
	l.complain(now, text)
}

// complain reports something on standard error alone.
func (l *loop) complain(unix int64, text string) {
	_, _ = io.WriteString(l.stderr, l.cfg.label.Line(unix)+text+"\n")
}

// save writes the state file and the metrics, where there are any and something
// is new, and tells the service manager.
func (l *loop) save() {
	l.keeper.save(l.state, l.now())
	l.hands.notify("STATUS=" + l.status())
}

func (l *loop) status() string {
	row := l.state.Row
	switch {
	case row.Count == 0:
		return "the check is good"
	case row.Recoveries == 0:
		return fmt.Sprintf("failures in a row: %d", row.Count)
	default:
		return fmt.Sprintf("%s, failures in a row: %d, recoveries: %d", l.state.Phase, row.Count, row.Recoveries)
	}
}
