package heat

import (
	"fmt"
	"os"
	"time"

	"clsh/heat/hook"
	"clsh/heat/output"
	"clsh/heat/policy"
	"clsh/heat/process"
	"clsh/runner/files"
)

// hookName names a hook as the JSON has it.
func hookName(do policy.Do) string {
	switch do {
	case policy.RunFail:
		return "fail"
	case policy.RunRecovery:
		return "recovery"
	case policy.RunRecovered:
		return "recovered"
	case policy.RunChange:
		return "on-change"
	default:
		return "give-up"
	}
}

// runHook runs a hook and waits for it. A first signal to end waits with it, a second one stops it.
func (l *loop) runHook(a policy.Action, env []string) { l.runHookWith(a, env, nil) }

// runHookWith is runHook with a text on the hook's standard input.
func (l *loop) runHookWith(a policy.Action, env []string, input []byte) {
	h := l.cfg.hooks[a.Do].WithInput(input)
	if l.cfg.dryRun {
		l.logf("would run %s", h)
		l.console.event(event{Time: time.Now().Unix(), Event: "script", Script: hookName(a.Do), Would: true})
		return
	}
	end := l.awaitHook(h.String(), l.ops.hook(h, env, l.noteRecovery(a.Do)))
	if l.ops.hookEnded != nil {
		l.ops.hookEnded()
	}
	if a.Do == policy.RunRecovery {
		l.store.Running = nil
	}
	l.hookEnded(a, h, end)
}

// awaitHook waits for a hook, and reports one that does not end: at what --hook-timeout allows, or
// else every ten intervals.
func (l *loop) awaitHook(name string, t task[hook.End]) hook.End {
	late := 10 * l.cfg.rules.Interval
	if l.cfg.hookTimeout > 0 {
		late = l.cfg.hookTimeout + l.cfg.killAfter + slack/2
		l.allow(l.cfg.hookTimeout + l.cfg.killAfter)
	}
	l.hook = runningHook{name: name, begin: time.Now()}
	if late > 0 {
		tick := time.NewTicker(late)
		defer tick.Stop()
		l.hook.late = tick.C
	}
	defer func() { l.hook, l.allowed = runningHook{}, time.Time{} }()
	end, _ := wait(l, t.done, func(n int) {
		switch {
		case n > 1:
			t.stop()
		case l.state.Phase == policy.Missed: // no signal has come yet
			l.logf("waiting for %s to end; a signal ends it", name)
		default:
			l.logf("waiting for %s to end; a second signal ends it", name)
		}
	})
	return end
}

// hookEnded reports how a hook has ended.
func (l *loop) hookEnded(a policy.Action, h hook.Hook, end hook.End) {
	why := ""
	switch {
	case end.Err != nil:
		why = ": " + end.Err.Error()
	case end.TimedOut:
		why = ": ended at --hook-timeout"
	}
	switch {
	case a.Do == policy.RunRecovery:
		l.logf("recovery %d, exit code %d%s", a.Streak.Recoveries, end.Code, why)
	case end.Code != 0:
		l.logf("%s, exit code %d%s", h, end.Code, why)
	}
	l.console.event(event{
		Time: time.Now().Unix(), Event: "script", Script: hookName(a.Do), Code: &end.Code,
		Duration: millis(end.Took), Recoveries: a.Streak.Recoveries,
	})
}

// noteRecovery returns what happens between the start of a hook's process and the script in it: the state
// file gets the number of a recovery's process, so that a heat that is killed and started again
// does not start a second one beside it. It is nil if nothing has to happen.
func (l *loop) noteRecovery(do policy.Do) func(pid int) {
	if do != policy.RunRecovery || l.cfg.files.state == "" {
		return nil
	}
	return func(pid int) {
		l.store.Running = process.Identify(pid)
		l.save()
		l.awaitState()
	}
}

// awaitState waits until the state file is written, for a bounded time.
func (l *loop) awaitState() {
	_, _ = wait(l, l.store.StateSettled(output.SettleLimit), func(int) {})
}

// awaitEarlier waits for a recovery that an earlier heat began and that still runs, as that heat
// would have.
func (l *loop) awaitEarlier() {
	id := l.store.Running
	if id == nil || l.cfg.rules.Threshold == 0 || l.cfg.dryRun {
		return
	}
	if r, err := hook.Adopt(id, l.cfg.hookTimeout, l.cfg.killAfter); err == nil {
		name := fmt.Sprintf("the recovery of an earlier heat, process %d,", id.Pid)
		l.logf("%s is still running; waiting for it to end", name)
		why := ""
		if end := l.awaitHook(name, task[hook.End]{r.Done(), r.Stop}); end.TimedOut {
			why = " at --hook-timeout"
		}
		l.logf("%s has ended%s", name, why)
	}
	l.store.Running = nil
	if l.state.Phase != policy.Watching {
		l.state = l.state.Repaired(&l.cfg.rules, l.now())
	}
	l.save()
}

// hookOutput returns what a hook writes to: heat's standard error. If that cannot be written (a full
// pipe, a stopped terminal, a full disk), a hook would block or fail; it gets the log if that is a
// regular file, else /dev/null. The caller calls release once the hook has started.
func (l *loop) hookOutput(stderr *os.File) (out *os.File, release func()) {
	if !l.stderr.Broken() && files.Writable(stderr) {
		return stderr, func() {}
	}
	out, err := l.log.Regular()
	if err != nil {
		out, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	if err != nil {
		return stderr, func() {}
	}
	return out, func() { _ = out.Close() } // nothing was written
}
