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

// shell runs files that have no magic number of their own (execvp(3)).
const shell = "/bin/sh"

func shellArgs(path string, args []string) []string {
	return append([]string{"sh", path}, args[1:]...)
}

// startHook starts a script. Nothing of it is heat's but its own process and
// group, and these only until it has ended: what it leaves is the service.
// It has no input, and out for both outputs. hold, where there is one, is
// called with the process's number before the script runs in it.
func startHook(h hook, env []string, out *os.File, limit, grace time.Duration, hold func(pid int)) task[hookEnd] {
	cmd := func(path string, args []string) *exec.Cmd {
		return &exec.Cmd{Path: path, Args: args, Env: env, Stdout: out, Stderr: out}
	}
	var p *proc.Process
	var g *gate
	var err error
	if _, known := checker.StartTicks(os.Getpid()); hold != nil && known {
		if p, g, err = startGate(cmd(h.path, h.args)); err == nil {
			hold(p.Pid())
			g.pass()
		}
	} else if p, err = proc.Start(cmd(h.path, h.args)); errors.Is(err, syscall.ENOEXEC) && checker.IsText(h.path) {
		p, err = proc.Start(cmd(shell, shellArgs(h.path, h.args)))
	}
	if err != nil {
		done := make(chan hookEnd, 1)
		done <- notStarted(h.path, err)
		return task[hookEnd]{done: done, stop: func() {}}
	}
	s := hookProcess{
		exited: p.Exited(),
		signal: func(sig syscall.Signal) { _ = p.Signal(sig) },
		reap:   func() int { return p.Reap().Code },
	}
	return s.run(limit, grace, func(end *hookEnd) {
		if g == nil {
			return
		}
		if err := g.failure(); err != nil {
			*end = notStarted(h.path, err)
		}
	})
}

func notStarted(path string, err error) hookEnd {
	err = checker.Explain(path, err)
	if errors.Is(err, fs.ErrNotExist) {
		return hookEnd{code: 127, err: err}
	}
	return hookEnd{code: 126, err: err}
}

// A hookProcess is a hook's process under way.
type hookProcess struct {
	exited <-chan struct{}
	signal func(syscall.Signal) // to its group, while it has not been reaped
	reap   func() (code int)    // once it has ended
}

// run waits for the script as a task. settle, where there is one, has the last
// word on its end.
func (s hookProcess) run(limit, grace time.Duration, settle func(*hookEnd)) task[hookEnd] {
	done, stop := make(chan hookEnd, 1), make(chan struct{}, 1)
	begin := time.Now()
	go func() {
		end := s.await(limit, grace, stop)
		if settle != nil {
			settle(&end)
		}
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

func (s hookProcess) await(limit, grace time.Duration, stop <-chan struct{}) hookEnd {
	var late <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-s.exited:
		return hookEnd{code: s.reap()}
	case <-late:
		s.end(grace)
		s.reap()
		return hookEnd{code: 124, timedOut: true}
	case <-stop:
		s.end(grace)
		return hookEnd{code: s.reap()}
	}
}

// end ends the script's group. The grace is waited for to its end, also when
// the script itself has gone before: others of its group may be about to.
func (s hookProcess) end(grace time.Duration) {
	s.signal(syscall.SIGTERM)
	t := time.NewTimer(grace)
	defer t.Stop()
	<-t.C
	s.signal(syscall.SIGKILL)
	<-s.exited
}
