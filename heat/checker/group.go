package checker

import (
	"errors"
	"os/exec"
	"syscall"
	"time"

	"clsh/heat/policy"
	"clsh/runner/proc"
)

// startGroup runs the check as a process group of runner/proc, without the
// helper.
func (c *Checker) startGroup() *Run {
	stop := make(chan bool, 2)
	r := &Run{done: make(chan Report, 1), stop: func(kill bool) { stop <- kill }}
	go func() { r.done <- c.runGroup(stop) }()
	return r
}

func (c *Checker) runGroup(stop <-chan bool) Report {
	s, err := openStreams(c.captures)
	if err != nil {
		return cannotRun(err)
	}
	p, err := c.startProcess(s)
	if err != nil {
		s.abandon()
		return cannotRun(Explain(c.spec.Path, err))
	}
	s.began()
	var limit <-chan time.Time
	if c.spec.Limit > 0 {
		t := time.NewTimer(c.spec.Limit)
		defer t.Stop()
		limit = t.C
	}
	var rep Report
	select {
	case <-p.Exited():
		rep = couldRun(c.spec.Path, fromProc(p.Pid(), p.Wait()))
	case <-limit:
		c.endGroup(p, stop)
		rep = Report{Outcome: policy.TimedOut, Code: timedOut, Pid: p.Pid()}
	case <-stop:
		c.endGroup(p, stop)
		rep = Report{Stopped: true, Pid: p.Pid()}
	}
	s.ended(&rep)
	return rep
}

func (c *Checker) startProcess(s *streams) (*proc.Process, error) {
	cmd := &exec.Cmd{Path: c.spec.Path, Args: c.spec.Args, Env: c.spec.Env, Stdout: s.w[0], Stderr: s.w[1]}
	p, err := proc.Start(cmd)
	if errors.Is(err, syscall.ENOEXEC) && IsText(c.spec.Path) {
		cmd = &exec.Cmd{Path: shell, Args: shellArgs(c.spec.Path, c.spec.Args), Env: c.spec.Env, Stdout: s.w[0], Stderr: s.w[1]}
		p, err = proc.Start(cmd)
	}
	return p, err
}

// endGroup ends the group: SIGTERM, SIGKILL after the grace or when asked to.
// Proc's Wait kills what its leader left.
func (c *Checker) endGroup(p *proc.Process, stop <-chan bool) {
	_ = p.Signal(syscall.SIGTERM)
	t := time.NewTimer(c.spec.Grace)
	defer t.Stop()
	for waiting := true; waiting; {
		select {
		case <-p.Exited():
			waiting = false
		case <-t.C:
			waiting = false
		case kill := <-stop:
			waiting = !kill
		}
	}
	_ = p.Signal(syscall.SIGKILL)
	p.Wait()
}

func fromProc(pid int, st proc.Status) Report {
	if st.Signal != 0 {
		return Report{Outcome: policy.Signaled, Code: st.Code, Signal: st.Signal, Pid: pid}
	}
	return Report{Outcome: policy.Exited, Code: st.Code, Pid: pid}
}

// shell runs files that have no magic number of their own (execvp(3)).
const shell = "/bin/sh"

func shellArgs(path string, args []string) []string {
	return append([]string{shell, path}, args[1:]...)
}
