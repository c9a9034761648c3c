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

	"clsh/heat/checker"
	"clsh/heat/output"
	"clsh/heat/policy"

	"github.com/coreos/go-systemd/v22/daemon"
)

// keepOutput is how much of each stream of a failed check the log gets.
const keepOutput = 1 << 20

// HelperMain runs the process that heat's checks run under, or the one that
// becomes a recovery script, where args (the process's own, os.Args) are those
// of one. The program calls it first thing
// and, where is is true, exits with code. A complaint goes to stderr.
func HelperMain(args []string, stderr io.Writer) (code int, is bool) {
	switch {
	case checker.IsHelper(args):
		return checker.Helper(args, stderr), true
	case len(args) > 0 && args[0] == GateName:
		return gateMain(args, stderr), true
	}
	return 0, false
}

// Signals are those that heat wants to receive. The program asks for them with
// signal.Notify, but for those that are ignored (signal.Ignored): nohup and
// its like mean it.
func Signals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1}
}

// run wires a loop to the world and runs it.
func run(ctx context.Context, cfg *config, sys System) int {
	// A crash, and the watchdog's SIGABRT, end heat by that signal, after the
	// traceback. Go's exit status 2 would say that it was called wrongly, and a
	// service manager would not start it again.
	debug.SetTraceback("crash")
	if cfg.lock != "" {
		lock, err := takeLock(cfg.lock)
		if err != nil {
			return sys.refuse(err)
		}
		defer lock.Close()
	}
	l := newLoop(ctx, cfg, sys)
	if _, _, err := readPidfile(cfg.pidfile); cfg.pidfile != "" && errors.Is(err, fs.ErrNotExist) {
		l.complain(time.Now().Unix(), "pid file "+cfg.pidfile+" does not exist yet; heat reads it when it signals")
	}
	l.restore()
	if cfg.pid > 0 {
		t, err := openTarget(cfg.pid)
		if err != nil {
			return sys.refuse(err)
		}
		defer t.close()
		l.hands.gone = t.gone
		l.hands.signal = func(s syscall.Signal) (int, error) { return t.pid, t.send(s) }
	}
	env := childEnviron(sys.Environ)
	checks, err := checker.New(checker.Spec{
		Path: cfg.path, Args: cfg.args, Env: env, Limit: cfg.limit, Grace: cfg.killAfter, Keep: keepOutput, Stderr: sys.Stderr,
	})
	if err != nil {
		return sys.refuse(err)
	}
	defer checks.Close()
	if runtime.GOOS == "linux" && !checks.Contained() {
		l.tell("this kernel has no pidfd or no subreaper, or /proc is missing or another PID namespace's: of a check, only its process group is ended")
	}
	l.hands.check = func() task[checker.Report] {
		r := checks.Start()
		return task[checker.Report]{done: r.Done(), stop: r.Stop}
	}
	hookEnv := hookEnviron(env)
	l.hands.hook = func(h hook, more []string, hold func(int)) task[hookEnd] {
		out, release := l.hookOutput(sys.Stderr)
		defer release()
		sys.Reaper.hookBegins()
		return startHook(h, append(hookEnv[:len(hookEnv):len(hookEnv)], more...), out, cfg.hookTimeout, cfg.killAfter, hold)
	}
	l.hands.hookEnded = sys.Reaper.hookEnded
	if every, err := daemon.SdWatchdogEnabled(false); err == nil && every > 0 {
		t := time.NewTicker(every / 2)
		defer t.Stop()
		l.hands.watchdog = t.C
	}
	set, stop := openAlarm()
	defer stop()
	l.hands.alarm = set
	// heat does one thing at a time. A second processor would only mean more
	// threads to wake: a sixth of what a check costs.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(50)
	l.hands.releaseMemory = checker.ReleaseMemory
	return l.run()
}

// newLoop returns a loop that lacks what run opens for it.
func newLoop(ctx context.Context, cfg *config, sys System) *loop {
	notices := newNotices()
	pids := &pidfile{path: cfg.pidfile}
	l := &loop{
		cfg: cfg, cancelled: ctx.Done(), begin: time.Now(), name: sys.Name,
		stderr: output.NewOutlet(sys.Stderr, output.StreamBound), notices: notices,
		console: &console{
			out: output.NewOutlet(sys.Stdout, output.StreamBound), label: cfg.label, json: cfg.json, quiet: cfg.quiet, log: cfg.log.Shown(),
		},
		hands: hands{
			signals: sys.Signals, terminal: hasTerminal(), notify: notifier(notices), random: rand.Float64,
			signal: pids.send, alarm: timerAlarm,
		},
	}
	l.stderr.Count = func(n int) []byte {
		return []byte(cfg.label.Line(time.Now().Unix()) + output.LostLines(n) + "\n")
	}
	l.log = output.NewLog(cfg.log, cfg.label, l.stderr, func(err error) {
		l.complain(time.Now().Unix(), fmt.Sprintf("write log: %v; checks go on, further errors are not reported", err))
	})
	l.keeper = newKeeper(cfg, l.tell)
	l.wireConsole()
	_ = pids.look() // an error is reported when it signals
	return l
}

// wireConsole says what becomes of errors on standard output, and of lines
// that nobody reads there. Where it has the original's lines and nothing else,
// these are counted on standard error.
func (l *loop) wireConsole() {
	out := l.console.out
	out.Gone = make(chan struct{})
	out.Failed = func(err error) {
		l.tell("write standard output: %v; checks go on, further errors are not reported", err)
	}
	if l.cfg.json {
		out.Count = func(n int) []byte {
			return l.console.object(event{Time: time.Now().Unix(), Event: "lost", Lines: n})
		}
		return
	}
	out.Lost = func(n int) { l.tell("standard output: %s", output.LostLines(n)) }
}

// restore takes up the state of the heat before, or begins a new one.
func (l *loop) restore() {
	start := l.now() + l.cfg.delay
	s, found := l.keeper.load(l.now())
	if !found {
		l.state = policy.New(&l.cfg.rules, start)
		return
	}
	age := time.Since(time.Unix(s.Row.Last.Unix, 0))
	l.state = s.Resume(&l.cfg.rules, start, age)
	if s.Row.Count > 0 && l.state.Row.Count == 0 {
		l.tell("%s before %s are too long ago to count", count(s.Row.Count, "failed check", "failed checks"),
			time.Unix(s.Row.Last.Unix, 0).Format(time.RFC3339))
	}
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

// hasTerminal tells whether heat has a controlling terminal: then SIGHUP says
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
		return nil, wrong("--lock: %v", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, wrong("--lock %s: another heat holds it", name)
		}
		return nil, wrong("--lock %s: %v", name, err)
	}
	return f, nil
}

// whom names the process that is signalled, for --watch and --simulate.
func (c *config) whom() string {
	if c.pid > 0 {
		return fmt.Sprintf("process %d", c.pid)
	}
	return "the process of " + c.pidfile
}
