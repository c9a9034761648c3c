package heat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"clsh/heat/checker"
	"clsh/heat/hook"
	"clsh/heat/output"
	"clsh/heat/process"
	"clsh/heat/reaper"
	"clsh/heat/state"
)

// keepOutput is how much of each stream of a failed check the log gets.
const keepOutput = 1 << 20

// HelperMain runs the process that heat's checks run under, or the one that becomes a hook, if args
// (the process's own, os.Args) are those of one. The program calls it first and, if is is true,
// exits with code. A complaint goes to stderr.
func HelperMain(args []string, stderr io.Writer) (code int, is bool) {
	switch {
	case checker.IsHelper(args):
		return checker.Helper(args, stderr), true
	case hook.IsGate(args):
		return hook.Gate(args, stderr), true
	}
	return 0, false
}

// Signals are those that heat wants to receive. The program asks for them with
// signal.Notify, but for those that are ignored (signal.Ignored): nohup and
// its like mean it.
func Signals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1}
}

// ReaperMain makes this process a reaper that runs heat with args as its child, if it is PID 1, or
// if c asks for --init; is reports whether it did. The child gets the signals that come from
// sys.Signals.
func (c *Command) ReaperMain(args []string, sys System) (code int, is bool) {
	code, ran, err := reaper.Run(reaper.Config{
		Args: args, Name: sys.Name, Init: c.Init, Stdout: sys.Stdout, Stderr: sys.Stderr, Signals: sys.Signals, Client: sys.Reaper,
	})
	switch {
	case errors.Is(err, reaper.ErrNoInit):
		return sys.refuse(usageErrorf("%v", err)), true
	case err != nil:
		return sys.refuse(err), true
	}
	return code, ran
}

// run wires a loop to the world and runs it.
func run(ctx context.Context, cfg *config, sys System) int {
	// A crash, and the watchdog's SIGABRT, end heat by that signal, after the
	// traceback. Go's exit status 2 would say that it was called wrongly, and a
	// service manager would not start it again.
	debug.SetTraceback("crash")
	if cfg.files.lock != "" {
		lock, err := takeLock(cfg.files.lock)
		if err != nil {
			return sys.refuse(err)
		}
		defer lock.Close()
	}
	l := newLoop(ctx, cfg, sys)
	release, err := l.wire(ctx, sys, checker.New)
	if err != nil {
		return sys.refuse(err)
	}
	defer release()
	if cfg.files.page != "" {
		l.page.to = newPage(cfg.files.page, l.logf)
	}
	if every, err := daemon.SdWatchdogEnabled(false); err == nil && every > 0 {
		t := time.NewTicker(every / 2)
		defer t.Stop()
		l.ops.watchdog = t.C
	}
	set, stop := openAlarm()
	defer stop()
	l.ops.alarm = set
	// heat does one thing at a time. A second processor would only mean more
	// threads to wake: a sixth of what a check costs.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(50)
	l.ops.releaseMemory = checker.ReleaseMemory
	return l.run()
}

// newLoop returns a loop that lacks what run opens for it.
func newLoop(ctx context.Context, cfg *config, sys System) *loop {
	l := newLoopOn(ctx, cfg, sys, output.NewOutlet(sys.Stdout, output.StreamBound), output.NewOutlet(sys.Stderr, output.StreamBound))
	l.stderr.Count = func(n int) []byte {
		return []byte(cfg.label.Line(time.Now().Unix()) + output.LostLines(n) + "\n")
	}
	l.wireConsole()
	return l
}

// newLoopOn is newLoop with streams that others may share.
func newLoopOn(ctx context.Context, cfg *config, sys System, stdout, stderr *output.Outlet) *loop {
	notices := newNotices()
	pids := &process.Pidfile{Path: cfg.pidfile}
	l := &loop{
		cfg: cfg, cancelled: ctx.Done(), begin: time.Now(), name: sys.Name,
		stderr: stderr, notices: notices,
		console: &console{
			out: stdout, label: cfg.label, json: cfg.json, quiet: cfg.quiet, log: cfg.log.Shown(),
		},
		ops: ops{
			signals: sys.Signals, terminal: hasTerminal(), notify: notifier(notices), random: rand.Float64,
			signal: pids.Signal, alarm: timerAlarm,
		},
	}
	l.log = output.NewLog(cfg.log, cfg.label, l.stderr, func(err error) {
		l.printError(time.Now().Unix(), fmt.Sprintf("write log: %v; checks go on, further errors are not reported", err))
	})
	l.store = state.New(state.Files{State: cfg.files.state, Metrics: cfg.files.metrics, Check: cfg.label.Name}, l.logf)
	// Another error is reported when it signals.
	if err := pids.Look(); cfg.pidfile != "" && errors.Is(err, fs.ErrNotExist) {
		l.printError(time.Now().Unix(), "pid file "+cfg.pidfile+" does not exist yet; heat reads it when it signals")
	}
	return l
}

// wireConsole says what becomes of errors on standard output, and of lines that nobody reads there.
// Unless it is JSON it has the lines of checks only, so these are counted on standard error.
func (l *loop) wireConsole() {
	out := l.console.out
	out.Gone = make(chan struct{})
	out.Failed = func(err error) {
		l.logf("write standard output: %v; checks go on, further errors are not reported", err)
	}
	if l.cfg.json {
		out.Count = func(n int) []byte {
			return l.console.object(event{Time: time.Now().Unix(), Event: "lost", Lines: n})
		}
		return
	}
	out.Lost = func(n int) { l.logf("standard output: %s", output.LostLines(n)) }
}

// newNotices returns the outlet to the service manager. Each line is a message
// (sd_notify(3)); a manager that hangs stops nothing.
func newNotices() *output.Outlet {
	return &output.Outlet{Bound: 4 << 10, To: func(lines []byte) (int, error) {
		for line := range strings.Lines(string(lines)) {
			// Nobody is there to hear of an error.
			_, _ = daemon.SdNotify(false, strings.TrimSuffix(line, "\n"))
		}
		return len(lines), nil
	}}
}

// notifier returns what reports to the service manager, if there is one. A
// status that was reported is not reported again.
func notifier(out *output.Outlet) func(string) {
	if os.Getenv("NOTIFY_SOCKET") == "" {
		return func(string) {}
	}
	last := ""
	return func(text string) {
		if strings.HasPrefix(text, "STATUS=") {
			if text == last {
				return
			}
			last = text
		}
		_, _ = out.Write([]byte(text + "\n"))
	}
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

// takeLock takes the lock file for as long as it is open. The file itself
// stays: removing it would let two take two files of the same name.
func takeLock(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, usageErrorf("--lock: %v", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, usageErrorf("--lock %s: another heat holds it", name)
		}
		return nil, usageErrorf("--lock %s: %v", name, err)
	}
	return f, nil
}
