package loop

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"

	"clsh/heat/checker"
	"clsh/heat/exit"
	"clsh/heat/policy"
	"clsh/heat/process"
	"clsh/heat/words"
	"clsh/heat/worker"
)

// keepOutput is how much of each stream of a failed check the log gets.
const keepOutput = 1 << 20

// Open connects a new loop to the world; newChecker opens what runs a command. The caller calls
// release when the loop has ended.
func (l *Loop) Open(ctx context.Context, sys worker.System, newChecker func(checker.Spec) (*checker.Checker, error)) (release func(), err error) {
	closeProcess := func() {}
	if pid := l.Settings.Pid; pid > 0 {
		h, err := process.Open(pid)
		if err != nil {
			return nil, openError(pid, err)
		}
		closeProcess = func() { h.Close() }
		l.Ops.Gone, l.ops.signal = h.Gone(), h.Signal
	}
	l.restore()
	closeChecks, err := l.openChecks(ctx, sys, newChecker)
	if err != nil {
		closeProcess()
		return nil, err
	}
	stopPing := l.startPing(ctx)
	return func() { stopPing(); closeChecks(); closeProcess() }, nil
}

// openError is the error of a process of --pid that cannot be held.
func openError(pid int, err error) error {
	switch {
	case errors.Is(err, os.ErrProcessDone):
		return exit.Compatf(exit.MsgNoPid, "--pid %d: no such process", pid)
	case errors.Is(err, os.ErrPermission):
		return exit.Usagef("--pid %d: not allowed to signal it: %v", pid, err)
	default:
		return err
	}
}

// openChecks lets the loop start checks, until it closes.
func (l *Loop) openChecks(ctx context.Context, sys worker.System, newChecker func(checker.Spec) (*checker.Checker, error)) (closeChecks func(), err error) {
	cfg, env := l.Settings, worker.ChildEnviron(sys.Environ)
	if p := cfg.Check.Probe; p != nil {
		l.ops.check = func() worker.Task[checker.Report] { return startProbe(ctx, p, cfg.Check.Limit) }
		return func() {}, nil
	}
	if cfg.Check.Places != nil {
		return l.openPlaces(ctx, env)
	}
	checks, err := newChecker(checker.Spec{
		Path: cfg.Check.Path, Args: cfg.Check.Args, Env: env, Limit: cfg.Check.Limit, Grace: cfg.KillAfter, Keep: keepOutput,
		Stderr: sys.Stderr,
	})
	if err != nil {
		return nil, err
	}
	if runtime.GOOS == "linux" && !checks.Contained() {
		l.Logf("this kernel has no pidfd or no subreaper, or /proc is missing or another PID namespace's: of a check, only its process group is ended")
	}
	l.ops.check = func() worker.Task[checker.Report] {
		r := checks.Start()
		return worker.Task[checker.Report]{Done: r.Done(), Stop: r.Stop}
	}
	return checks.Close, nil
}

// restore takes up the state of the heat before, or begins a new one.
func (l *Loop) restore() {
	start := l.Now() + l.Settings.Delay
	if tick := l.Settings.Tick; tick > 0 {
		start = (start + tick - 1).Truncate(tick)
	}
	s, found := l.store.Load(l.Now())
	if !found {
		l.state = policy.New(&l.Settings.Rules, start)
		return
	}
	age := time.Since(time.Unix(s.Streak.Last.Unix, 0))
	l.state = s.Resume(&l.Settings.Rules, start, age)
	if s.Streak.Count > 0 && l.state.Streak.Count == 0 {
		l.Logf("%s before %s are too long ago to count", words.Count(s.Streak.Count, "failed check", "failed checks"),
			time.Unix(s.Streak.Last.Unix, 0).Format(time.RFC3339))
	}
}
