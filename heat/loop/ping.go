package loop

import (
	"context"

	"clsh/heat/console"
	"clsh/heat/ping"
	"clsh/heat/policy"
)

// startPing starts to ping; the caller calls stop.
func (l *Loop) startPing(ctx context.Context) (stop func()) {
	if l.Settings.Ping == nil {
		return func() {}
	}
	l.ping = ping.Start(ctx, ping.Config{
		URL: l.Settings.Ping, Every: l.Settings.Rules.Interval, Random: l.ops.random,
		Failed: func(err error) { l.Logf("%v; checks go on, further errors are not reported", err) },
	})
	return l.ping.Close
}

// beat leaves a note that a check has ended, with what the console has of it.
func (l *Loop) beat(actions []policy.Action, r policy.Result) {
	if l.ping == nil {
		return
	}
	for _, a := range actions {
		switch a.Do {
		case policy.ShowOK, policy.ShowFailed, policy.ShowUnknown:
			l.ping.Line(console.CheckLine(a.Do, r, l.Settings.Label, l.Settings.Log.Shown()))
		}
	}
	l.ping.Beat(l.state.Status() != policy.StatusOK)
}
