package heat

import (
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"clsh/heat/checker"
	"clsh/heat/hook"
	"clsh/heat/output"
	"clsh/heat/ping"
	"clsh/heat/policy"
	"clsh/heat/state"
)

// A loop runs the checks when they are due and does what the policy says. Everything in it happens
// in one goroutine; checks and hooks are tasks beside it, one at a time, and while it waits for one
// it serves signals.
type loop struct {
	cfg       *config
	ops       ops
	cancelled <-chan struct{}  // heat is to end
	deadline  <-chan time.Time // --within is over
	begin     time.Time        // instants of the policy are since then
	state     policy.State

	console *console
	log     *output.Log
	stderr  *output.Outlet
	notices *output.Outlet // to the service manager
	name    string         // of the program, for messages
	store   *state.Store
	ping    *ping.Pinger // nil: none
	page    pageSource

	hook    runningHook
	allowed time.Time // by when the running task ends; zero: no limit

	ends     int // signals to end that have come
	exit     int // the exit status that the first one means
	checkNow bool
	again    bool // as checkNow, also if it came during a check
	pidGone  bool
	checks   int  // have run
	deserted bool // nobody reads standard output any more
}

// A task is something that runs beside the loop. done delivers its end once; stop hurries it, more
// so the second time.
type task[T any] struct {
	done <-chan T
	stop func()
}

// ops are what the loop does to the world outside. Tests have others.
type ops struct {
	check func() task[checker.Report]
	// hook starts h; hold is called with its process's number before it runs.
	hook func(h hook.Hook, env []string, hold func(pid int)) task[hook.End]
	// hookEnded, where there is one, is called when it has ended.
	hookEnded func()
	// signal signals the process of --pid or --pidfile and returns its number.
	signal func(syscall.Signal) (int, error)
	// held returns the failing check that this one needs, or ""; blame the one at whose fault the
	// check failed that ended at an instant, when that is known; put reports how this one is.
	held  func() string
	blame func(ended time.Duration) task[string]
	put   func(r policy.Result, v policy.Verdict)
	// wanted says that another check waits for the result of this one.
	wanted <-chan struct{}

	signals  <-chan os.Signal
	gone     <-chan struct{} // the process of --pid has ended
	watchdog <-chan time.Time
	alarm    alarm
	// releaseMemory gives memory back that only the start needed.
	releaseMemory func()
	// notify sends a message to the service manager (sd_notify(3)).
	notify   func(string)
	terminal bool // there is a controlling terminal
	random   func() float64
}

func (l *loop) now() time.Duration { return time.Since(l.begin) }

// errors is where the line goes that says why heat ends with exit status 1.
func (l *loop) errors() io.Writer {
	if l.cfg.compat {
		return l.console.out
	}
	return l.stderr
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

// logf reports something on standard error and in the log. It may be called from any goroutine.
func (l *loop) logf(format string, args ...any) {
	now := time.Now().Unix()
	text := fmt.Sprintf(format, args...)
	if l.log.Out != l.stderr {
		l.log.Note(now, text)
	}
	l.printError(now, text)
}

// printError reports something on standard error alone.
func (l *loop) printError(unix int64, text string) {
	_, _ = io.WriteString(l.stderr, l.cfg.label.Line(unix)+text+"\n")
}

// save writes the state file and the metrics, where there are any and something
// is new, and notifies the service manager.
func (l *loop) save() {
	l.store.Save(l.state, l.now())
	l.page.put(l)
	l.notifyStatus()
}

func (l *loop) notifyStatus() { l.ops.notify("STATUS=" + l.status()) }

// statusGood is the status of a check that does not fail.
const statusGood = "the check is good"

func (l *loop) status() string {
	streak := l.state.Streak
	switch {
	case streak.Count == 0:
		return statusGood
	case streak.Recoveries == 0:
		return fmt.Sprintf("failures in a row: %d", streak.Count)
	default:
		return fmt.Sprintf("%s, failures in a row: %d, recoveries: %d", l.state.Phase, streak.Count, streak.Recoveries)
	}
}

// runningHook is the hook that the loop waits for.
type runningHook struct {
	name  string
	begin time.Time
	late  <-chan time.Time // ticks while it runs for longer than it should
}
