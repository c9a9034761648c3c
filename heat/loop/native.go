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
	return beside(parent, func(stopped context.Context) checker.Report {
		ctx := stopped
		if limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(stopped, limit)
			defer cancel()
		}
		err := p.Check(ctx)
		return probeReport(err, stopped.Err() != nil)
	})
}

// beside runs f beside the loop. A stop ends its context.
func beside[T any](parent context.Context, f func(context.Context) T) worker.Task[T] {
	ctx, stop := context.WithCancel(parent)
	done := make(chan T, 1)
	go func() { defer stop(); done <- f(ctx) }()
	return worker.Task[T]{Done: done, Stop: stop}
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
