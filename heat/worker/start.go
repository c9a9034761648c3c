package worker

import (
	"os"
	"slices"

	"clsh/heat/hook"
	"clsh/runner/files"
)

// wireHooks lets the worker start hooks.
func (w *Worker) wireHooks(sys System) {
	env := hookEnviron(ChildEnviron(sys.Environ))
	w.Ops.Hook = func(h hook.Hook, more []string, hold func(int)) Task[hook.End] {
		out, release := w.hookOutput(sys.Stderr)
		defer release()
		sys.Reaper.HookBegins()
		r := h.Start(hook.Spec{
			Env: slices.Concat(env, more), Output: out, Limit: w.Settings.HookTimeout, Grace: w.Settings.KillAfter, Hold: hold,
		})
		return Task[hook.End]{Done: r.Done(), Stop: r.Stop}
	}
	w.Ops.HookEnded = sys.Reaper.HookEnded
}

// hookOutput returns what a hook writes to: heat's standard error. If that cannot be written (a full
// pipe, a stopped terminal, a full disk), a hook would block or fail; it gets the log if that is a
// regular file, else /dev/null. The caller calls release once the hook has started.
func (w *Worker) hookOutput(stderr *os.File) (out *os.File, release func()) {
	if !w.Stderr.Broken() && files.Writable(stderr) {
		return stderr, func() {}
	}
	out, err := w.Log.Regular()
	if err != nil {
		out, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	if err != nil {
		return stderr, func() {}
	}
	return out, func() { _ = out.Close() } // nothing was written
}
