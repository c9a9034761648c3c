package heat

import (
	"errors"
	"os"
	"time"

	"clsh/heat/checker"
	"clsh/heat/policy"
)

// do carries out one action for the check that ended as r.
func (l *loop) do(a policy.Action, r policy.Result, rep *checker.Report) {
	switch a.Do {
	case policy.ShowOK, policy.ShowFailed, policy.ShowUnknown:
		l.console.show(a.Do, r)
	case policy.Log:
		l.details(r, rep)
	case policy.SendSignal, policy.SendFault, policy.SendSuccess:
		l.signal(a.Do)
	case policy.RunFail:
		this := policy.Failure{Unix: r.Unix, Code: r.Code, Reason: r.Outcome, Signal: r.Signal, Pid: r.Pid}
		l.script(a, scriptEnviron(l.cfg, a.Row, this, this))
	case policy.RunRecovery, policy.RunRecovered, policy.RunGiveUp:
		l.script(a, scriptEnviron(l.cfg, a.Row, a.Row.First, a.Row.Last))
	case policy.WarnBackoff:
		l.tell("recovery %d in a row without a pause; --backoff makes one", a.Tried)
	case policy.Recover:
		if a.Row.Recoveries > 1 {
			l.keeper.recovery(false)
		}
		if _, ok := l.cfg.hooks[policy.RunRecovery]; !ok {
			l.tell("recovery %d, by signal", a.Row.Recoveries)
		}
	case policy.Proven:
		l.keeper.recovery(true)
		l.tell("recovered after %s, %s", count(a.Row.Recoveries, "recovery", "recoveries"),
			count(a.Row.Count, "failed check", "failed checks"))
		l.console.event(event{Time: time.Now().Unix(), Event: "recovered", Recoveries: a.Row.Recoveries, Failures: &a.Row.Count})
	case policy.GiveUp:
		l.keeper.recovery(false)
		l.tell("giving up after %s", count(a.Tried, "recovery", "recoveries"))
		l.console.event(event{Time: time.Now().Unix(), Event: "gave-up", Recoveries: a.Tried, Failures: &a.Row.Count})
	}
}

// details writes what is known of a failed check into the log, and on standard
// error what kept one from being started.
func (l *loop) details(r policy.Result, rep *checker.Report) {
	switch r.Outcome {
	case policy.CannotRun:
		if errors.Is(rep.Err, checker.ErrLost) {
			l.tell("%v", rep.Err)
			return
		}
		l.tell("the check cannot be started: %v", rep.Err)
		return
	case policy.TimedOut:
		l.log.Note(r.Unix, "heat: ended at its limit of "+Seconds(l.cfg.limit).String()+" s")
	case policy.Signaled:
		l.log.Note(r.Unix, "heat: ended by SIG"+signalName(r.Signal))
	}
	l.log.Failure(r.Unix, rep)
	if n := rep.Stderr.Dropped; l.cfg.compat && n > 0 {
		l.tell("%d more bytes of the check's standard error are not in %s", n, l.cfg.log.Shown())
	}
}

// signal sends one of the three signals.
func (l *loop) signal(do policy.Do) {
	s := l.cfg.signals[do]
	if l.cfg.watch {
		l.tell("would send %s to %s", signalName(s), l.cfg.whom())
		l.console.signal(time.Now().Unix(), s, l.cfg.pid, nil, true)
		return
	}
	pid, err := l.hands.signal(s)
	l.console.signal(time.Now().Unix(), s, pid, err, false)
	switch {
	case err == nil:
	case l.cfg.pid > 0 && errors.Is(err, os.ErrProcessDone):
		if !l.pidGone {
			l.pidGone = true
			l.tell("process %d has ended", l.cfg.pid)
		}
	default:
		l.tell("%s not sent: %v", signalName(s), err)
	}
}

// scriptName names a script as the JSON has it.
func scriptName(do policy.Do) string {
	switch do {
	case policy.RunFail:
		return "fail"
	case policy.RunRecovery:
		return "recovery"
	case policy.RunRecovered:
		return "recovered"
	default:
		return "give-up"
	}
}

// script runs one of the scripts and waits for it. A first signal to end waits
// with it, a second one ends it.
func (l *loop) script(a policy.Action, env []string) {
	h := l.cfg.hooks[a.Do]
	if l.cfg.watch {
		l.tell("would run %s", h.text)
		l.console.event(event{Time: time.Now().Unix(), Event: "script", Script: scriptName(a.Do), Watch: true})
		return
	}
	end := l.awaitScript(h.text, l.hands.hook(h, env, l.hold(a.Do)))
	if l.hands.hookEnded != nil {
		l.hands.hookEnded()
	}
	if a.Do == policy.RunRecovery {
		l.keeper.running = nil
	}
	l.scriptEnded(a, h.text, end)
}

// awaitScript waits for a script, and reports one that does not end: at what
// --hook-timeout allows, or else every ten intervals.
func (l *loop) awaitScript(file string, t task[hookEnd]) hookEnd {
	late := 10 * l.cfg.rules.Interval
	if l.cfg.hookTimeout > 0 {
		late = l.cfg.hookTimeout + l.cfg.killAfter + slack/2
		l.allow(l.cfg.hookTimeout + l.cfg.killAfter)
	}
	if late > 0 {
		tick := time.NewTicker(late)
		defer tick.Stop()
		l.late = tick.C
	}
	l.hook, l.hookAt = file, time.Now()
	defer func() { l.late, l.allowed = nil, time.Time{} }()
	end, _ := wait(l, t.done, func(n int) {
		if n == 1 {
			l.tell("waiting for %s to end; a second signal ends it", file)
			return
		}
		t.stop()
	})
	return end
}

func (l *loop) scriptEnded(a policy.Action, file string, end hookEnd) {
	why := ""
	switch {
	case end.err != nil:
		why = ": " + end.err.Error()
	case end.timedOut:
		why = ": ended at --hook-timeout"
	}
	switch {
	case a.Do == policy.RunRecovery:
		l.tell("recovery %d, exit code %d%s", a.Row.Recoveries, end.code, why)
	case end.code != 0:
		l.tell("%s, exit code %d%s", file, end.code, why)
	}
	l.console.event(event{
		Time: time.Now().Unix(), Event: "script", Script: scriptName(a.Do), Code: &end.code,
		Duration: millis(end.took), Recoveries: a.Row.Recoveries,
	})
}
