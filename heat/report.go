package heat

import (
	"fmt"
	"time"

	"clsh/heat/policy"
)

// missed says how far the good checks had come when --within was over.
func missed(u *policy.Rules, s policy.State) string {
	return fmt.Sprintf("--within %s is over: %d of %d good checks in a row", shown(u.Within), s.Good, u.UntilOK)
}

// report reports an action of which nothing but the log, standard output and the store know.
func (l *loop) report(a policy.Action) {
	switch a.Do {
	case policy.Changed:
		l.reportChange(a)
	case policy.WarnBackoff:
		l.logf("recovery %d in a row without a pause; --backoff makes one", a.Tried)
	case policy.Recover:
		if a.Streak.Recoveries > 1 {
			l.store.Recovery(false)
		}
		if _, ok := l.cfg.hooks[policy.RunRecovery]; !ok {
			l.logf("recovery %d, by signal", a.Streak.Recoveries)
		}
	case policy.Proven:
		l.store.Recovery(true)
		l.logf("recovered after %s, %s", count(a.Streak.Recoveries, "recovery", "recoveries"),
			count(a.Streak.Count, "failed check", "failed checks"))
		l.console.event(event{Time: time.Now().Unix(), Event: "recovered", Recoveries: a.Streak.Recoveries, Failures: &a.Streak.Count})
	case policy.ReportReached:
		l.logf("%s in a row", count(l.state.Good, "good check", "good checks"))
		l.console.event(event{Time: time.Now().Unix(), Event: "until-ok", Result: "reached", Good: &l.state.Good})
	case policy.ReportMissed:
		l.logf("%s", missed(&l.cfg.rules, l.state))
		l.console.event(event{Time: time.Now().Unix(), Event: "until-ok", Result: "missed", Good: &l.state.Good})
	case policy.GiveUp:
		l.store.Recovery(false)
		l.logf("giving up after %s", count(a.Tried, "recovery", "recoveries"))
		l.console.event(event{Time: time.Now().Unix(), Event: "gave-up", Recoveries: a.Tried, Failures: &a.Streak.Count})
	}
}

// reportChange reports that the state has changed, or lasts. What else is on standard error says
// most of it already.
func (l *loop) reportChange(a policy.Action) {
	c := a.Change
	switch text := changeText(&l.cfg.rules, c); c.Event {
	case policy.EventFlapping:
		l.logf("flapping: %s", text)
	case policy.EventSteady:
		l.logf("%s", text)
	}
	l.console.event(event{
		Time: time.Now().Unix(), Event: "state", State: c.Status.String(), Change: string(c.Event), Since: c.Since, Failures: &a.Streak.Count,
	})
}
