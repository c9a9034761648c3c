package worker

import (
	"time"

	"clsh/heat/hook"
)

// RunHook runs a hook and waits for it. A first signal to end waits with it, a second one stops it.
// hold, if it is set, is called with its process's number before it runs.
func (w *Worker) RunHook(h hook.Hook, env []string, hold func(pid int)) hook.End {
	end := w.AwaitHook(h.String(), w.Ops.Hook(h, env, hold))
	if w.Ops.HookEnded != nil {
		w.Ops.HookEnded()
	}
	return end
}

// AwaitHook waits for a hook, and reports one that does not end: at what --hook-timeout allows, or
// else every ten intervals.
func (w *Worker) AwaitHook(name string, t Task[hook.End]) hook.End {
	after := 10 * w.Settings.Rules.Interval
	if limit := w.Settings.HookTimeout; limit > 0 {
		after = limit + w.Settings.KillAfter + Slack/2
		defer w.Allow(limit + w.Settings.KillAfter)()
	}
	if after > 0 {
		begin, tick := time.Now(), time.NewTicker(after)
		defer tick.Stop()
		w.late = late{tick.C, func() { w.Logf("%s is still running after %v", name, time.Since(begin).Round(time.Millisecond)) }}
		defer func() { w.late = late{} }()
	}
	end, _ := Wait(w, t.Done, func(n int) {
		switch {
		case n > 1:
			t.Stop()
		case w.expired: // no signal has come yet
			w.Logf("waiting for %s to end; a signal ends it", name)
		default:
			w.Logf("waiting for %s to end; a second signal ends it", name)
		}
	})
	return end
}
