package loop

import (
	"fmt"
	"time"

	"clsh/heat/console"
	"clsh/heat/hook"
	"clsh/heat/output"
	"clsh/heat/policy"
	"clsh/heat/process"
	"clsh/heat/worker"
)

// runHook runs a hook with input, if it is not nil, on its standard input, and waits for it. A first
// signal to end waits with it, a second one stops it.
func (l *Loop) runHook(a policy.Action, env []string, input []byte) {
	h := l.Settings.Hooks[a.Do].WithInput(input)
	if l.Settings.DryRun {
		l.Logf("would run %s", h)
		l.Console.Event(console.Event{Time: time.Now().Unix(), Event: "script", Script: a.Do.String(), Would: true})
		return
	}
	end := l.RunHook(h, env, l.noteRecovery(a.Do))
	if a.Do == policy.RunRecovery {
		l.store.Running = nil
	}
	l.hookEnded(a, h, end)
}

// hookEnded reports how a hook has ended.
func (l *Loop) hookEnded(a policy.Action, h hook.Hook, end hook.End) {
	why := ""
	switch {
	case end.Err != nil:
		why = ": " + end.Err.Error()
	case end.TimedOut:
		why = ": ended at --hook-timeout"
	}
	switch {
	case a.Do == policy.RunRecovery:
		l.Logf("recovery %d, exit code %d%s", a.Streak.Recoveries, end.Code, why)
	case end.Code != 0:
		l.Logf("%s, exit code %d%s", h, end.Code, why)
	}
	l.Console.Event(console.Event{
		Time: time.Now().Unix(), Event: "script", Script: a.Do.String(), Code: &end.Code,
		Duration: console.Millis(end.Took), Recoveries: a.Streak.Recoveries,
	})
}

// noteRecovery returns what happens between the start of a hook's process and the script in it: the state
// file gets the number of a recovery's process, so that a heat that is killed and started again
// does not start a second one beside it. It is nil if nothing has to happen.
func (l *Loop) noteRecovery(do policy.Do) func(pid int) {
	if do != policy.RunRecovery || l.Settings.Files.State == "" {
		return nil
	}
	return func(pid int) {
		l.store.Running = process.Identify(pid)
		l.save()
		l.awaitState()
	}
}

// awaitState waits until the state file is written, for a bounded time.
func (l *Loop) awaitState() {
	_, _ = worker.Wait(l.Worker, l.store.StateSettled(output.SettleLimit), func(int) {})
}

// awaitEarlier waits for a recovery that an earlier heat began and that still runs, as that heat
// would have.
func (l *Loop) awaitEarlier() {
	id := l.store.Running
	if id == nil || l.Settings.Rules.Threshold == 0 || l.Settings.DryRun {
		return
	}
	if r, err := hook.Adopt(id, l.Settings.HookTimeout, l.Settings.KillAfter); err == nil {
		name := fmt.Sprintf("the recovery of an earlier heat, process %d,", id.Pid)
		l.Logf("%s is still running; waiting for it to end", name)
		why := ""
		if end := l.AwaitHook(name, worker.Task[hook.End]{Done: r.Done(), Stop: r.Stop}); end.TimedOut {
			why = " at --hook-timeout"
		}
		l.Logf("%s has ended%s", name, why)
	}
	l.store.Running = nil
	if l.state.Phase != policy.Watching {
		l.state = l.state.Repaired(&l.Settings.Rules, l.Now())
	}
	l.save()
}
