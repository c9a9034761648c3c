package loop

import (
	"context"
	"errors"
	"strings"
	"time"

	"clsh/heat/checker"
	"clsh/heat/policy"
	"clsh/heat/probe"
	"clsh/heat/worker"
)

// startProbe starts a probe as a check; limit 0 is none. Its error is the check's standard error.
func startProbe(parent context.Context, p *probe.Probe, limit time.Duration) worker.Task[checker.Report] {
	stopped, stop := context.WithCancel(parent)
	ctx, cancel := stopped, context.CancelFunc(func() {})
	if limit > 0 {
		ctx, cancel = context.WithTimeout(stopped, limit)
	}
	done := make(chan checker.Report, 1)
	go func() {
		defer stop()
		defer cancel()
		err := p.Check(ctx)
		done <- probeReport(err, stopped.Err() != nil)
	}()
	return worker.Task[checker.Report]{Done: done, Stop: stop}
}

// probeReport is what a probe's end is as a check's.
func probeReport(err error, stopped bool) checker.Report {
	rep := checker.Report{Outcome: policy.Exited}
	switch {
	case stopped:
		return checker.Report{Stopped: true}
	case err == nil:
		return rep
	case errors.Is(err, context.DeadlineExceeded):
		rep.Outcome, rep.Code = policy.TimedOut, codeTimedOut
	default:
		rep.Code = 1
	}
	rep.Stderr.Data = []byte(strings.ReplaceAll(err.Error(), "\n", " ") + "\n")
	return rep
}

// codeTimedOut is the exit code of a check at its limit.
const codeTimedOut = 124
