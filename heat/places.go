package heat

import (
	"context"

	"clsh/heat/checker"
)

// checkPlaces checks a check that runs in several places.
func (c *Command) checkPlaces(cfg *config) error {
	switch {
	case c.Script != "":
		return usageErrorf("script: does not go with from\nhint: command = \"TEXT\" is for the shell of each place")
	case len(c.Command) != 1:
		return usageErrorf("from: needs command, as one text\nhint: command = \"TEXT\" is for the shell of each place")
	case cfg.check.limit == 0:
		return usageErrorf("timeout: 0 does not go with from\nhint: a place that is silent must be given up some time")
	case cfg.killAfter == 0:
		return usageErrorf("kill-after: 0 does not go with from")
	}
	cfg.check.places, cfg.check.command = c.places, c.Command[0]
	return nil
}

// wirePlaces lets the loop check in places. Their connections begin now.
func (l *loop) wirePlaces(ctx context.Context, env []string) (closeChecks func(), err error) {
	run, err := l.cfg.check.places(PlacesSpec{
		Command: l.cfg.check.command, Environ: env, Limit: l.cfg.check.limit, KillAfter: l.cfg.killAfter,
		Ignored: func(code int) bool { return l.cfg.rules.Unknown[code] }, Logf: l.logf,
	})
	if err != nil {
		return nil, err
	}
	l.ops.check = func() task[checker.Report] {
		ctx, stop := context.WithCancel(ctx)
		done := make(chan checker.Report, 1)
		go func() { defer stop(); done <- <-run.Check(ctx) }()
		return task[checker.Report]{done: done, stop: stop}
	}
	return run.Close, nil
}
