package loop

import (
	"context"

	"clsh/heat/checker"
	"clsh/heat/options"
	"clsh/heat/worker"
)

// openPlaces lets the loop check in places. Their connections begin now.
func (l *Loop) openPlaces(ctx context.Context, env []string) (closeChecks func(), err error) {
	run, err := l.Settings.Check.Places(options.PlacesSpec{
		Command: l.Settings.Check.Command, Environ: env, Limit: l.Settings.Check.Limit, KillAfter: l.Settings.KillAfter,
		Ignored: func(code int) bool { return l.Settings.Rules.Unknown[code] }, Logf: l.Logf,
	})
	if err != nil {
		return nil, err
	}
	l.ops.check = func() worker.Task[checker.Report] {
		return beside(ctx, func(ctx context.Context) checker.Report { return <-run.Check(ctx) })
	}
	return run.Close, nil
}
