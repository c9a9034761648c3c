package hook

import (
	"os"
	"os/exec"
	"syscall"
	"time"

	"clsh/heat/checker"
	"clsh/heat/executable"
	"clsh/heat/process"
	"clsh/runner/proc"
)

// Spec is how a hook is run.
type Spec struct {
	Env    []string
	Output *os.File      // for both streams
	Limit  time.Duration // 0: none
	Grace  time.Duration // between SIGTERM and SIGKILL
	// Hold, where there is one, is called with the process's number before the script runs in it.
	Hold func(pid int)
}

// End is how a hook has ended.
type End struct {
	Code     int // as a shell counts; 124: at its limit, 126 or 127: not started
	TimedOut bool
	Err      error // why it was not started
	Took     time.Duration
}

// A Run is a hook under way.
type Run struct {
	done chan End
	stop chan struct{}
}

// Done delivers the hook's end, once.
func (r *Run) Done() <-chan End { return r.done }

// Stop begins to end the hook: SIGTERM to its group, and SIGKILL after the grace. Its end still
// comes through Done.
func (r *Run) Stop() {
	select {
	case r.stop <- struct{}{}:
	default:
	}
}

// Start starts the hook. That it could not be started is an End as well.
func (h Hook) Start(spec Spec) *Run {
	input, err := h.openInput()
	if err != nil {
		return ended(notStarted(h.path, err))
	}
	defer input.Close() // does nothing where it is nil
	_, known := checker.StartTicks(os.Getpid())
	var p *proc.Process
	var g *gate
	err = executable.OrShell(h.path, h.args, func(path string, args []string) (err error) {
		cmd := &exec.Cmd{Path: path, Args: args, Env: spec.Env, Stdout: spec.Output, Stderr: spec.Output}
		if input != nil {
			cmd.Stdin = input
		}
		if spec.Hold != nil && known {
			p, g, err = startGate(cmd)
		} else {
			p, err = proc.Start(cmd)
		}
		return err
	})
	if err != nil {
		return ended(notStarted(h.path, err))
	}
	if g != nil {
		spec.Hold(p.Pid())
		g.pass()
	}
	s := group{
		exited: p.Exited(),
		signal: func(sig syscall.Signal) { _ = p.Signal(sig) },
		reap: func() End {
			end := End{Code: p.Reap().Code}
			if g == nil {
				return end
			}
			if err := g.failure(); err != nil {
				return notStarted(h.path, err)
			}
			return end
		},
	}
	return s.run(spec.Limit, spec.Grace)
}

// Adopt waits for a hook that an earlier heat started, and stops it as Start does. It is not a
// child of this process, so its exit code is unknown and reported as 0. The error is
// os.ErrProcessDone if it has ended already.
func Adopt(id *process.ID, limit, grace time.Duration) (*Run, error) {
	gone, release, err := id.Watch()
	if err != nil {
		return nil, err
	}
	s := group{
		exited: gone,
		signal: func(sig syscall.Signal) {
			if id.Alive() { // or its number may be another group's
				_ = syscall.Kill(-id.Pid, sig)
			}
		},
		reap: func() End { release(); return End{} },
	}
	return s.run(limit, grace), nil
}

// ended returns a Run that is over.
func ended(end End) *Run {
	r := &Run{done: make(chan End, 1), stop: make(chan struct{}, 1)}
	r.done <- end
	return r
}

func notStarted(path string, err error) End {
	err = executable.Explain(path, err)
	return End{Code: executable.ExitCode(err), Err: err}
}

// A group is a hook's process and its group.
type group struct {
	exited <-chan struct{}
	signal func(syscall.Signal) // to the group, while the process has not been reaped
	reap   func() End           // called once, after exited is closed
}

// run waits for the process in a goroutine, whose end is the Run's.
func (s group) run(limit, grace time.Duration) *Run {
	r := &Run{done: make(chan End, 1), stop: make(chan struct{}, 1)}
	begin := time.Now()
	go func() {
		end := s.await(limit, grace, r.stop)
		end.Took = time.Since(begin)
		r.done <- end
	}()
	return r
}

func (s group) await(limit, grace time.Duration, stop <-chan struct{}) End {
	var late <-chan time.Time
	if limit > 0 {
		late = time.After(limit)
	}
	select {
	case <-s.exited:
		return s.reap()
	case <-late:
		s.end(grace)
		if end := s.reap(); end.Err != nil {
			return end
		}
		return End{Code: 124, TimedOut: true}
	case <-stop:
		s.end(grace)
		return s.reap()
	}
}

// end ends the group. It waits for the whole grace even if the process itself has gone before:
// others of the group may be about to.
func (s group) end(grace time.Duration) {
	s.signal(syscall.SIGTERM)
	<-time.After(grace)
	s.signal(syscall.SIGKILL)
	<-s.exited
}
