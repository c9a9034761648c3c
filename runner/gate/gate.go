package gate

import (
	"errors"
	"fmt"
	"os"
	"time"

	"clsh/heat/checker"
	"clsh/heat/policy"
	"clsh/runner"
	"clsh/runner/event"
)

// shell runs the command.
const shell = "/bin/sh"

// A Gate is the command, and its environment.
type Gate struct {
	Command string
	Timeout time.Duration // 0: no limit
	// Grace is the time between SIGTERM and SIGKILL for a gate that is ended.
	Grace time.Duration
	// Names are the hosts of the run by rank; Fold writes a list of them as one LIST.
	Names []string
	Fold  func(names []string) string
	// RunID is the ID of the run's record, empty where there is none.
	RunID   string
	Environ []string
	// Stderr is for the last words of the process that runs the gate, should it crash; nil: nowhere.
	Stderr *os.File
}

// Run runs the gate after a group (runner.Rollout.Between).
func (g *Gate) Run(i runner.Interval) event.Stop {
	var until time.Time
	if g.Timeout > 0 {
		until = time.Now().Add(g.Timeout)
	}
	i.Waits(event.ForGate, until)
	why := g.run(&i)
	i.Waits(0, time.Time{})
	if why == "" {
		return event.Stop{}
	}
	return event.StopAfter(&i.Batch, event.StopGate, "gate, "+why)
}

// run returns why the gate stops the rollout, or "".
func (g *Gate) run(i *runner.Interval) string {
	environ, err := g.environ(i)
	if err != nil {
		return fmt.Sprintf("cannot run: %s", err)
	}
	checks, err := checker.New(checker.Spec{
		Path: shell, Args: []string{"sh", "-c", g.Command}, Env: environ, Limit: g.Timeout, Grace: g.Grace, Stderr: g.Stderr,
		Output: func(b []byte) { i.Emit(event.Event{Kind: event.GateOutput, Data: b, Batch: &i.Batch}) },
	})
	if err != nil {
		return fmt.Sprintf("cannot run: %s", err)
	}
	defer checks.Close()
	if i.Over() {
		return ""
	}
	return g.verdict(await(checks.Start(), i.Drain, i.Kill))
}

// await waits for the gate's end, and ends it when nothing further is to start.
func await(run *checker.Run, drain, kill <-chan struct{}) checker.Report {
	for {
		select {
		case report := <-run.Done():
			return report
		case <-drain:
			run.Stop()
			drain = nil
		case <-kill:
			if drain != nil {
				run.Stop()
				drain = nil
			}
			run.Stop() // the second call does not wait for the grace
			kill = nil
		}
	}
}

// verdict returns why an end stops the rollout, or "".
func (g *Gate) verdict(r checker.Report) (why string) {
	switch {
	case r.Stopped: // by what has ended the run
		return ""
	case r.Outcome == policy.TimedOut:
		why = fmt.Sprintf("no end within %s (--gate-timeout)", g.Timeout)
	case errors.Is(r.Err, checker.ErrLost):
		why = "lost: the process that ran it was killed"
	case r.Outcome == policy.CannotRun:
		return fmt.Sprintf("cannot run: %s", r.Err)
	case r.Signal != 0:
		why = event.SignalName(r.Signal)
	case r.Code != 0:
		why = fmt.Sprintf("exit code %d", r.Code)
	}
	if r.Left > 0 {
		why += fmt.Sprintf("; %d of its processes could not be ended", r.Left)
	}
	return why
}
