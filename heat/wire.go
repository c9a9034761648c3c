package heat

import (
	"context"
	"runtime"
	"slices"
	"time"

	"clsh/heat/checker"
	"clsh/heat/hook"
	"clsh/heat/policy"
	"clsh/heat/process"
)

// wire connects a new loop to the world; newChecker opens what runs a command. The caller calls
// release when the loop has ended.
func (l *loop) wire(ctx context.Context, sys System, newChecker func(checker.Spec) (*checker.Checker, error)) (release func(), err error) {
	var undo []func()
	release = func() {
		for _, f := range slices.Backward(undo) {
			f()
		}
	}
	if l.cfg.pid > 0 {
		h, err := process.Open(l.cfg.pid)
		if err != nil {
			return nil, openError(l.cfg.pid, err)
		}
		undo = append(undo, func() { h.Close() })
		l.ops.gone, l.ops.signal = h.Gone(), h.Signal
	}
	env := childEnviron(sys.Environ)
	if l.cfg.check.path == "" && l.cfg.check.probe == nil && l.cfg.check.places == nil { // a switch
		l.wireHooks(hookEnviron(env), sys)
		return release, nil
	}
	l.restore()
	closeChecks, err := l.wireChecks(ctx, env, sys, newChecker)
	if err != nil {
		release()
		return nil, err
	}
	undo = append(undo, closeChecks)
	l.wireHooks(hookEnviron(env), sys)
	undo = append(undo, l.startPing(ctx))
	return release, nil
}

// wireChecks lets the loop start checks with environment env, until it is told to close.
func (l *loop) wireChecks(ctx context.Context, env []string, sys System, newChecker func(checker.Spec) (*checker.Checker, error)) (closeChecks func(), err error) {
	cfg := l.cfg
	if p := cfg.check.probe; p != nil {
		l.ops.check = func() task[checker.Report] { return startProbe(ctx, p, cfg.check.limit) }
		return func() {}, nil
	}
	if cfg.check.places != nil {
		return l.wirePlaces(ctx, env)
	}
	checks, err := newChecker(checker.Spec{
		Path: cfg.check.path, Args: cfg.check.args, Env: env, Limit: cfg.check.limit, Grace: cfg.killAfter, Keep: keepOutput,
		Stderr: sys.Stderr,
	})
	if err != nil {
		return nil, err
	}
	if runtime.GOOS == "linux" && !checks.Contained() {
		l.logf("this kernel has no pidfd or no subreaper, or /proc is missing or another PID namespace's: of a check, only its process group is ended")
	}
	l.ops.check = func() task[checker.Report] {
		r := checks.Start()
		return task[checker.Report]{done: r.Done(), stop: r.Stop}
	}
	return checks.Close, nil
}

// wireHooks lets the loop start hooks with environment env.
func (l *loop) wireHooks(env []string, sys System) {
	l.ops.hook = func(h hook.Hook, more []string, hold func(int)) task[hook.End] {
		out, release := l.hookOutput(sys.Stderr)
		defer release()
		sys.Reaper.HookBegins()
		r := h.Start(hook.Spec{
			Env: slices.Concat(env, more), Output: out, Limit: l.cfg.hookTimeout, Grace: l.cfg.killAfter, Hold: hold,
		})
		return task[hook.End]{done: r.Done(), stop: r.Stop}
	}
	l.ops.hookEnded = sys.Reaper.HookEnded
}

// restore takes up the state of the heat before, or begins a new one.
func (l *loop) restore() {
	start := l.now() + l.cfg.delay
	s, found := l.store.Load(l.now())
	if !found {
		l.state = policy.New(&l.cfg.rules, start)
		return
	}
	age := time.Since(time.Unix(s.Streak.Last.Unix, 0))
	l.state = s.Resume(&l.cfg.rules, start, age)
	if s.Streak.Count > 0 && l.state.Streak.Count == 0 {
		l.logf("%s before %s are too long ago to count", count(s.Streak.Count, "failed check", "failed checks"),
			time.Unix(s.Streak.Last.Unix, 0).Format(time.RFC3339))
	}
}
