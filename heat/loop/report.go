package loop

import (
	"time"

	"clsh/heat/console"
	"clsh/heat/policy"
	"clsh/heat/words"
)

// report reports an action of which nothing but the log, standard output and the store know.
func (l *Loop) report(a policy.Action) {
	switch a.Do {
	case policy.Changed:
		l.reportChange(a)
	case policy.WarnBackoff:
		l.Logf("recovery %d in a row without a pause; --backoff makes one", a.Tried)
	case policy.Recover:
		if a.Streak.Recoveries > 1 {
			l.store.Recovery(false)
		}
		if _, ok := l.Settings.Hooks[policy.RunRecovery]; !ok {
			l.Logf("recovery %d, by signal", a.Streak.Recoveries)
		}
	case policy.Proven:
		l.store.Recovery(true)
		l.Logf("recovered after %s, %s", words.Count(a.Streak.Recoveries, "recovery", "recoveries"),
			words.Count(a.Streak.Count, "failed check", "failed checks"))
		l.Console.Event(console.Event{Time: time.Now().Unix(), Event: "recovered", Recoveries: a.Streak.Recoveries, Failures: &a.Streak.Count})
	case policy.ReportReached:
		l.Logf("%s in a row", words.Count(l.state.Good, "good check", "good checks"))
		l.Console.Event(console.Event{Time: time.Now().Unix(), Event: "until-ok", Result: "reached", Good: &l.state.Good})
	case policy.ReportMissed:
		l.Logf("%s", console.Missed(&l.Settings.Rules, l.state))
		l.Console.Event(console.Event{Time: time.Now().Unix(), Event: "until-ok", Result: "missed", Good: &l.state.Good})
	case policy.GiveUp:
		l.store.Recovery(false)
		l.Logf("giving up after %s", words.Count(a.Tried, "recovery", "recoveries"))
		l.Console.Event(console.Event{Time: time.Now().Unix(), Event: "gave-up", Recoveries: a.Tried, Failures: &a.Streak.Count})
	}
}

// reportChange reports that the state has changed, or lasts. What else is on standard error says
// most of it already.
func (l *Loop) reportChange(a policy.Action) {
	c := a.Change
	switch text := console.ChangeText(&l.Settings.Rules, c); c.Event {
	case policy.EventFlapping:
		l.Logf("flapping: %s", text)
	case policy.EventSteady:
		l.Logf("%s", text)
	}
	l.Console.Event(console.Event{
		Time: time.Now().Unix(), Event: "state", Failures: &a.Streak.Count,
		Transition: console.Transition{State: c.Status.String(), Change: string(c.Event), Since: c.Since},
	})
}
