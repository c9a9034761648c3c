package heat

import (
	"errors"
	"os"
	"time"

	"clsh/heat/checker"
	"clsh/heat/policy"
	"clsh/heat/process"
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
		l.runHook(a, failureEnviron(l.cfg, a.Streak, this, this))
	case policy.RunChange:
		env, input := changeInput(l.cfg, a, r)
		l.runHookWith(a, env, input)
	case policy.RunRecovery, policy.RunRecovered, policy.RunGiveUp:
		l.runHook(a, failureEnviron(l.cfg, a.Streak, a.Streak.First, a.Streak.Last))
	default:
		l.report(a)
	}
}

// details writes what is known of a failed check into the log, and on standard
// error what kept one from being started.
func (l *loop) details(r policy.Result, rep *checker.Report) {
	switch r.Outcome {
	case policy.CannotRun:
		if errors.Is(rep.Err, checker.ErrLost) {
			l.logf("%v", rep.Err)
			return
		}
		l.logf("the check cannot be started: %v", rep.Err)
		return
	case policy.TimedOut:
		l.log.Note(r.Unix, "heat: ended at its limit of "+Seconds(l.cfg.check.limit).String()+" s")
	case policy.Signaled:
		l.log.Note(r.Unix, "heat: ended by SIG"+process.SignalName(r.Signal))
	}
	l.log.Failure(r.Unix, rep)
	if n := rep.Stderr.Dropped; l.cfg.compat && n > 0 {
		l.logf("%d more bytes of the check's standard error are not in %s", n, l.cfg.log.Shown())
	}
}

// signal sends one of the three signals.
func (l *loop) signal(do policy.Do) {
	s := l.cfg.signals[do]
	if l.cfg.dryRun {
		l.logf("would send %s to %s", process.SignalName(s), l.cfg.target())
		l.console.signal(time.Now().Unix(), s, l.cfg.pid, nil, true)
		return
	}
	pid, err := l.ops.signal(s)
	l.console.signal(time.Now().Unix(), s, pid, err, false)
	switch {
	case err == nil:
	case l.cfg.pid > 0 && errors.Is(err, os.ErrProcessDone):
		if !l.pidGone {
			l.pidGone = true
			l.logf("process %d has ended", l.cfg.pid)
		}
	default:
		l.logf("%s not sent: %v", process.SignalName(s), err)
	}
}
