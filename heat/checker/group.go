package checker

import (
	"os/exec"
	"syscall"
	"time"

	"clsh/heat/executable"
	"clsh/heat/policy"
	"clsh/runner/proc"
)

// startGroup begins a check as a process group of runner/proc, without the helper.
func startGroup(spec Spec, captures [2]*capture) *Run {
	g := &group{spec: spec, captures: captures}
	stop := make(chan bool, 2)
	r := &Run{done: make(chan Report, 1), stop: func(kill bool) { stop <- kill }}
	go func() { r.done <- g.run(stop) }()
	return r
}

// A group runs one check as a process group.
type group struct {
	spec     Spec
	captures [2]*capture
}

// run runs the check to its end.
func (g *group) run(stop <-chan bool) Report {
	s, err := openStreams(g.captures)
	if err != nil {
		return cannotRun(err)
	}
	p, err := g.start(s)
	if err != nil {
		s.abandon()
		return cannotRun(executable.Explain(g.spec.Path, err))
	}
	s.began()
	var limit <-chan time.Time
	if g.spec.Limit > 0 {
		t := time.NewTimer(g.spec.Limit)
		defer t.Stop()
		limit = t.C
	}
	var rep Report
	select {
	case <-p.Exited():
		rep = couldRun(g.spec.Path, fromProc(p.Pid(), p.Wait()))
	case <-limit:
		g.end(p, stop)
		rep = Report{Outcome: policy.TimedOut, Code: timedOut, Pid: p.Pid()}
	case <-stop:
		g.end(p, stop)
		rep = Report{Stopped: true, Pid: p.Pid()}
	}
	s.ended(&rep)
	return rep
}

func (g *group) start(s *streams) (p *proc.Process, err error) {
	err = executable.OrShell(g.spec.Path, g.spec.Args, func(path string, args []string) error {
		p, err = proc.Start(&exec.Cmd{Path: path, Args: args, Env: g.spec.Env, Stdout: s.w[0], Stderr: s.w[1]})
		return err
	})
	return p, err
}

// end ends the group: SIGTERM, SIGKILL after the grace or when asked to.
// Proc's Wait kills what its leader left.
func (g *group) end(p *proc.Process, stop <-chan bool) {
	_ = p.Signal(syscall.SIGTERM)
	t := time.NewTimer(g.spec.Grace)
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
