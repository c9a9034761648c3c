package loop

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"syscall"
	"time"

	"clsh/heat/alarm"
	"clsh/heat/checker"
	"clsh/heat/manager"
	"clsh/heat/page"
	"clsh/heat/ping"
	"clsh/heat/policy"
	"clsh/heat/process"
	"clsh/heat/state"
	"clsh/heat/worker"
)

// A Loop runs the checks when they are due and does what the policy says. Everything in it happens
// in one goroutine; checks and hooks are tasks beside it, one at a time, and while it waits for one
// it serves signals.
type Loop struct {
	*worker.Worker
	ops    ops
	state  policy.State
	store  *state.Store
	ping   *ping.Pinger // nil: none
	page   pageSource
	checks int // have run
}

// ops are what the loop does to the world outside, beside those of its worker. Tests have others.
type ops struct {
	check func() worker.Task[checker.Report]
	// signal signals the process of --pid or --pidfile and returns its number.
	signal func(syscall.Signal) (int, error)
	// held returns the failing check that this one needs, or ""; blame the one at whose fault the
	// check failed that ended at an instant, when that is known; put reports how this one is.
	held  func() string
	blame func(ended time.Duration) worker.Task[string]
	put   func(r policy.Result, v policy.Verdict)
	alarm alarm.Alarm
	// releaseMemory gives memory back that only the start needed.
	releaseMemory func()
	random        func() float64
}

// New returns the loop of the check that w's settings describe. It lacks what Open opens.
func New(w *worker.Worker) *Loop {
	cfg := w.Settings
	pids := &process.Pidfile{Path: cfg.Pidfile}
	l := &Loop{Worker: w, ops: ops{random: rand.Float64, signal: pids.Signal, alarm: alarm.Timer}}
	l.store = state.New(state.Files{State: cfg.Files.State, Metrics: cfg.Files.Metrics, Check: cfg.Label.Name}, l.Logf)
	// Another error is reported when it signals.
	if err := pids.Look(); cfg.Pidfile != "" && errors.Is(err, fs.ErrNotExist) {
		l.PrintError(time.Now().Unix(), "pid file "+cfg.Pidfile+" does not exist yet; heat reads it when it signals")
	}
	return l
}

// Alone says that this process has no other loop, which saves memory and wakings. The caller calls
// stop when the loop has ended.
func (l *Loop) Alone() (stop func()) {
	l.ops.alarm, stop = alarm.Open()
	l.ops.releaseMemory = checker.ReleaseMemory
	return stop
}

// ShowOn has the check shown on a page; nil is none.
func (l *Loop) ShowOn(p *page.Page) { l.page.to = p }

// save writes the state file and the metrics, where there are any and something
// is new, and notifies the service manager.
func (l *Loop) save() {
	l.store.Save(l.state, l.Now())
	l.page.put(l)
	l.notifyStatus()
}

func (l *Loop) notifyStatus() { l.Ops.Notify("STATUS=" + l.status()) }

func (l *Loop) status() string {
	streak := l.state.Streak
	switch {
	case streak.Count == 0:
		return manager.StatusGood
	case streak.Recoveries == 0:
		return fmt.Sprintf("failures in a row: %d", streak.Count)
	default:
		return fmt.Sprintf("%s, failures in a row: %d, recoveries: %d", l.state.Phase, streak.Count, streak.Recoveries)
	}
}
