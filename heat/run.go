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
	"strings"
	"syscall"
	"time"

	"clsh/heat/checker"
	"clsh/heat/policy"

	"github.com/coreos/go-systemd/v22/daemon"
)

// keepOutput is how much of each stream of a failed check the log gets.
const keepOutput = 1 << 20

// HelperMain runs the process that heat's checks run under, where args (the
// process's own, os.Args) are those of one. The program calls it first thing
// and, where is is true, exits with code. A complaint goes to stderr.
func HelperMain(args []string, stderr io.Writer) (code int, is bool) {
	if !checker.IsHelper(args) {
		return 0, false
	}
	return checker.Helper(args, stderr), true
}

// Signals are those that heat wants to receive. The program asks for them with
// signal.Notify, but for those that are ignored (signal.Ignored): nohup and
// its like mean it.
func Signals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1}
}

// run wires a loop to the world and runs it.
func run(ctx context.Context, cfg *config, sys System) int {
	if cfg.lock != "" {
		lock, err := takeLock(cfg.lock)
		if err != nil {
			return sys.refuse(err)
		}
		defer lock.Close()
	}
	l := newLoop(ctx, cfg, sys)
	if err := l.restore(); err != nil {
		return sys.refuse(err)
	}
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
	defer l.log.reopen()
	l.hands.check = func() task[checker.Report] {
		r := checks.Start()
		return task[checker.Report]{done: r.Done(), stop: r.Stop}
	}
	l.hands.hook = func(file string, more []string) task[hookEnd] {
		return startHook(file, append(env[:len(env):len(env)], more...), sys.Stderr, cfg.hookTimeout, cfg.killAfter)
	}
	if every, err := daemon.SdWatchdogEnabled(false); err == nil && every > 0 {
		t := time.NewTicker(every / 2)
		defer t.Stop()
		l.hands.watchdog = t.C
	}
	// heat does one thing at a time. A second processor would only mean more
	// threads to wake: a sixth of what a check costs.
	runtime.GOMAXPROCS(1)
	checker.Slim()
	return l.run()
}

// newLoop returns a loop that lacks what run opens for it.
func newLoop(ctx context.Context, cfg *config, sys System) *loop {
	pids := &pidfile{path: cfg.pidfile}
	l := &loop{
		cfg: cfg, ctx: ctx, begin: time.Now(), stderr: sys.Stderr, name: sys.Name,
		console: &console{w: sys.Stdout, json: cfg.json, quiet: cfg.quiet, log: cfg.log.path},
		hands: hands{
			signals: sys.Signals, terminal: hasTerminal(), notify: notifier(), random: rand.Float64,
			signal: pids.send,
		},
	}
	l.log = newLog(cfg.log, func(err error) { fmt.Fprintf(sys.Stderr, "%d: %v\n", time.Now().Unix(), err) })
	if cfg.pidfile != "" {
		if err := pids.look(); errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(sys.Stderr, "%d: pid file %s does not exist yet; heat reads it when it signals\n", time.Now().Unix(), cfg.pidfile)
		}
	}
	l.keeper = newKeeper(cfg.state, cfg.metrics, l.tell)
	return l
}

// restore takes up the state of the heat before, or begins anew.
func (l *loop) restore() error {
	start := l.now() + l.cfg.delay
	s, found, err := l.keeper.load()
	switch {
	case err != nil:
		return &exitError{code: exitUsage, text: err.Error()}
	case found:
		l.state = s.Resume(&l.cfg.rules, start)
	default:
		l.state = policy.New(&l.cfg.rules, start)
	}
	return nil
}

// notifier returns what tells the service manager, if there is one. A status
// that was told is not told again.
func notifier() func(string) {
	last := ""
	return func(text string) {
		if strings.HasPrefix(text, "STATUS=") {
			if text == last {
				return
			}
			last = text
		}
		// Nobody is there to be told of an error.
		_, _ = daemon.SdNotify(false, text)
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
		return nil, wrong("open lock file: %v", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, wrong("another heat holds the lock %s", name)
		}
		return nil, wrong("lock %s: %v", name, err)
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
