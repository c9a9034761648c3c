package heat

import (
	"context"

	"clsh/heat/ping"
	"clsh/heat/policy"
)

// checkPing checks --ping.
func (c *Command) checkPing(cfg *config) error {
	if c.Ping == "" {
		return nil
	}
	if c.Once && c.Typed["ping"] {
		return usageErrorf("--ping: cannot be combined with --once\nhint: --ping reports that heat goes on")
	}
	u, err := ping.Parse(c.Ping)
	if err != nil {
		return usageErrorf("--ping: %v", err)
	}
	if !c.Once && !c.DryRun {
		cfg.ping = u
	}
	return nil
}

// startPing starts to ping; the caller calls stop.
func (l *loop) startPing(ctx context.Context) (stop func()) {
	if l.cfg.ping == nil {
		return func() {}
	}
	l.ping = ping.Start(ctx, ping.Config{
		URL: l.cfg.ping, Every: l.cfg.rules.Interval, Random: l.ops.random,
		Failed: func(err error) { l.logf("%v; checks go on, further errors are not reported", err) },
	})
	return l.ping.Close
}

// beat leaves a note that a check has ended, with what the console has of it.
func (l *loop) beat(actions []policy.Action, r policy.Result) {
	if l.ping == nil {
		return
	}
	for _, a := range actions {
		switch a.Do {
		case policy.ShowOK, policy.ShowFailed, policy.ShowUnknown:
			l.ping.Line(checkLine(a.Do, r, l.cfg.label, l.cfg.log.Shown()))
		}
	}
	l.ping.Beat(l.state.Status() != policy.StatusOK)
}
