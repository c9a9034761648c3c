package heat

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"time"

	"clsh/heat/checker"
	"clsh/runner/proc"
)

// task is something that runs beside the loop. done delivers its end once;
// stop hurries it, more so the second time.
type task[T any] struct {
	done <-chan T
	stop func()
}

// hookEnd is how a script has ended.
type hookEnd struct {
	code     int // as a shell counts; 124: at its limit, 126 or 127: not started
	timedOut bool
	err      error // why it was not started
	took     time.Duration
}

// startHook starts a script. Nothing of it is heat's but its own process and
// group, and these only until it has ended: what it leaves is the service.
// It has no input, and out for both outputs.
func startHook(h hook, env []string, out *os.File, limit, grace time.Duration) task[hookEnd] {
	done := make(chan hookEnd, 1)
	begin := time.Now()
	p, err := proc.Start(&exec.Cmd{Path: h.path, Args: h.args, Env: env, Stdout: out, Stderr: out})
	if errors.Is(err, syscall.ENOEXEC) && checker.IsText(h.path) {
		// No #! line: execvp(3) gives such a file to the shell.
		p, err = proc.Start(&exec.Cmd{Path: "/bin/sh", Args: append([]string{"sh", h.path}, h.args[1:]...), Env: env, Stdout: out, Stderr: out})
	}
	if err != nil {
		err = checker.Explain(h.path, err)
		code := 126
		if errors.Is(err, fs.ErrNotExist) {
			code = 127
		}
		done <- hookEnd{code: code, err: err}
		return task[hookEnd]{done: done, stop: func() {}}
	}
	stop := make(chan struct{}, 1)
	go func() {
		end := awaitHook(p, limit, grace, stop)
		end.took = time.Since(begin)
		done <- end
	}()
	return task[hookEnd]{done: done, stop: func() {
		select {
		case stop <- struct{}{}:
		default:
		}
	}}
}

func awaitHook(p *proc.Process, limit, grace time.Duration, stop <-chan struct{}) hookEnd {
	var late <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-p.Exited():
		return hookEnd{code: p.Reap().Code}
	case <-late:
		endHook(p, grace)
		p.Reap()
		return hookEnd{code: 124, timedOut: true}
	case <-stop:
		endHook(p, grace)
		return hookEnd{code: p.Reap().Code}
	}
}

// endHook ends the script's group. The grace is waited for to its end, also
// when the script itself has gone before: others of its group may be about to.
func endHook(p *proc.Process, grace time.Duration) {
	_ = p.Signal(syscall.SIGTERM)
	t := time.NewTimer(grace)
	defer t.Stop()
	<-t.C
	_ = p.Signal(syscall.SIGKILL)
	<-p.Exited()
}
