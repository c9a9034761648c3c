package worker

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"clsh/heat/console"
	"clsh/heat/hook"
	"clsh/heat/manager"
	"clsh/heat/options"
	"clsh/heat/output"
	"clsh/heat/reaper"
)

// A Worker is the surroundings of a goroutine that runs a check or a switch.
type Worker struct {
	Settings *options.Settings
	Ops      Ops
	Name     string // of the program, for messages
	Begin    time.Time

	Console *console.Console
	Log     *output.Log
	Stderr  *output.Outlet
	notices *output.Outlet // to the service manager

	// Deadline is the end of --within. Expire is called when it comes, unless heat ends already.
	Deadline <-chan time.Time
	Expire   func()
	expired  bool

	CheckNow bool // a check is to run
	Again    bool // as CheckNow, also if it came during a check
	PidGone  bool // the process of --pid has ended

	cancelled <-chan struct{} // heat is to end
	ends      int             // signals to end that have come
	exit      int             // the exit status that the first one means
	deserted  bool            // nobody reads standard output any more
	late      late            // what to do while a hook runs for longer than it should
	allowed   time.Time       // by when the running task ends; zero: no limit
}

// late reports at each tick.
type late struct {
	tick   <-chan time.Time
	report func()
}

// Ops are what a worker does to the world outside, and what it hears of it. Tests have others.
type Ops struct {
	// Hook starts h; hold is called with its process's number before it runs.
	Hook func(h hook.Hook, env []string, hold func(pid int)) Task[hook.End]
	// HookEnded, if it is set, is called when it has ended.
	HookEnded func()

	Signals <-chan os.Signal
	Gone    <-chan struct{} // the process of --pid has ended
	// Wanted says that another check waits for the result of this one.
	Wanted   <-chan struct{}
	Watchdog <-chan time.Time
	// Notify sends a message to the service manager (sd_notify(3)).
	Notify   func(string)
	Terminal bool // there is a controlling terminal
}

// A Task is something that runs beside a worker. Done delivers its end once; Stop hurries it, more
// so the second time.
type Task[T any] struct {
	Done <-chan T
	Stop func()
}

// System is what a worker needs of the world outside.
type System struct {
	Name    string
	Stderr  *os.File // where hooks write
	Environ []string
	Signals <-chan os.Signal
	Reaper  *reaper.Client
}

// New returns a worker that has the streams, and speaks for the process.
func New(ctx context.Context, cfg *options.Settings, sys System, stdout io.Writer) *Worker {
	w := newWorker(ctx, cfg, sys, output.NewOutlet(stdout, output.StreamBound), output.NewOutlet(sys.Stderr, output.StreamBound))
	w.Ops.Terminal = hasTerminal()
	w.Stderr.Count = func(n int) []byte {
		return []byte(cfg.Label.Line(time.Now().Unix()) + output.LostLines(n) + "\n")
	}
	w.wireConsole()
	return w
}

// Beside returns a worker that shares the streams with w.
func (w *Worker) Beside(ctx context.Context, cfg *options.Settings, sys System) *Worker {
	other := newWorker(ctx, cfg, sys, w.Console.Out, w.Stderr)
	other.Ops.Terminal = w.Ops.Terminal
	return other
}

func newWorker(ctx context.Context, cfg *options.Settings, sys System, stdout, stderr *output.Outlet) *Worker {
	notices := manager.NewNotices()
	w := &Worker{
		Settings: cfg, cancelled: ctx.Done(), Begin: time.Now(), Name: sys.Name, Stderr: stderr, notices: notices,
		Console: &console.Console{Out: stdout, Label: cfg.Label, JSON: cfg.JSON, Quiet: cfg.Quiet, Log: cfg.Log.Shown()},
		Ops:     Ops{Signals: sys.Signals, Notify: manager.Notifier(notices)},
	}
	w.Log = output.NewLog(cfg.Log, cfg.Label, stderr, func(err error) {
		w.PrintError(time.Now().Unix(), fmt.Sprintf("write log: %v; checks go on, further errors are not reported", err))
	})
	w.wireHooks(sys)
	return w
}

// wireConsole says what becomes of errors on standard output, and of lines that nobody reads there.
// Unless it is JSON it has the lines of checks only, so these are counted on standard error.
func (w *Worker) wireConsole() {
	out := w.Console.Out
	out.Gone = make(chan struct{})
	out.Failed = func(err error) {
		w.Logf("write standard output: %v; checks go on, further errors are not reported", err)
	}
	if w.Settings.JSON {
		out.Count = func(n int) []byte {
			return w.Console.Object(console.Event{Time: time.Now().Unix(), Event: "lost", Lines: n})
		}
		return
	}
	out.Lost = func(n int) { w.Logf("standard output: %s", output.LostLines(n)) }
}

// hasTerminal reports whether heat has a controlling terminal: then SIGHUP says
// that it has gone (tty(4)). By then it is too late to ask.
func hasTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDONLY|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// Now is the instant on the clock of the policy.
func (w *Worker) Now() time.Duration { return time.Since(w.Begin) }

// Errors is where the line goes that says why heat ends with exit status 1.
func (w *Worker) Errors() io.Writer {
	if w.Settings.Compat {
		return w.Console.Out
	}
	return w.Stderr
}

// Logf reports something on standard error and in the log. It may be called from any goroutine.
func (w *Worker) Logf(format string, args ...any) {
	now := time.Now().Unix()
	text := fmt.Sprintf(format, args...)
	if w.Log.Out != w.Stderr {
		w.Log.Note(now, text)
	}
	w.PrintError(now, text)
}

// PrintError reports something on standard error alone.
func (w *Worker) PrintError(unix int64, text string) {
	_, _ = io.WriteString(w.Stderr, w.Settings.Label.Line(unix)+text+"\n")
}

// Finish waits until everything is written, that of lanes too, for output.SettleLimit at most.
func (w *Worker) Finish(lanes ...*output.Lane) {
	lanes = append(lanes, &w.Console.Out.Lane, &w.Log.Out.Lane, &w.notices.Lane)
	var ends []<-chan struct{}
	for _, lane := range lanes {
		ends = append(ends, lane.Settled(output.SettleLimit))
	}
	for _, end := range ends {
		<-end
	}
	// The others may have reported something here.
	<-w.Stderr.Settled(output.SettleLimit / 6)
}
