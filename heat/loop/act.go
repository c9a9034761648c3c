package loop

import (
	"errors"
	"os"
	"time"

	"clsh/heat/checker"
	"clsh/heat/policy"
	"clsh/heat/process"
	"clsh/heat/words"
)

// do carries out one action for the check that ended as r.
func (l *Loop) do(a policy.Action, r policy.Result, rep *checker.Report) {
	switch a.Do {
	case policy.ShowOK, policy.ShowFailed, policy.ShowUnknown:
		l.Console.Show(a.Do, r)
	case policy.Log:
		l.details(r, rep)
	case policy.SendSignal, policy.SendFault, policy.SendSuccess:
		l.signal(a.Do)
	case policy.RunFail:
		this := policy.Failure{Unix: r.Unix, Code: r.Code, Reason: r.Outcome, Signal: r.Signal, Pid: r.Pid}
		l.runHook(a, failureEnviron(l.Settings, a.Streak, this, this), nil)
	case policy.RunChange:
		env, input := changeInput(l.Settings, a, r)
		l.runHook(a, env, input)
	case policy.RunRecovery, policy.RunRecovered, policy.RunGiveUp:
		l.runHook(a, failureEnviron(l.Settings, a.Streak, a.Streak.First, a.Streak.Last), nil)
	default:
		l.report(a)
	}
}

// details writes what is known of a failed check into the log, and on standard
// error what kept one from being started.
func (l *Loop) details(r policy.Result, rep *checker.Report) {
	switch r.Outcome {
	case policy.CannotRun:
		if errors.Is(rep.Err, checker.ErrLost) {
			l.Logf("%v", rep.Err)
			return
		}
		l.Logf("the check cannot be started: %v", rep.Err)
		return
	case policy.TimedOut:
		l.Log.Note(r.Unix, "heat: ended at its limit of "+words.Seconds(l.Settings.Check.Limit)+" s")
	case policy.Signaled:
		l.Log.Note(r.Unix, "heat: ended by SIG"+process.SignalName(r.Signal))
	}
	l.Log.Failure(r.Unix, rep)
	if n := rep.Stderr.Dropped; l.Settings.Compat && n > 0 {
		l.Logf("%d more bytes of the check's standard error are not in %s", n, l.Settings.Log.Shown())
	}
}

// signal sends one of the three signals.
func (l *Loop) signal(do policy.Do) {
	s := l.Settings.Signals[do]
	if l.Settings.DryRun {
		l.Logf("would send %s to %s", process.SignalName(s), l.Settings.Target())
		l.Console.Signal(time.Now().Unix(), s, l.Settings.Pid, nil, true)
		return
	}
	pid, err := l.ops.signal(s)
	l.Console.Signal(time.Now().Unix(), s, pid, err, false)
	switch {
	case err == nil:
	case l.Settings.Pid > 0 && errors.Is(err, os.ErrProcessDone):
		if !l.PidGone {
			l.PidGone = true
			l.Logf("process %d has ended", l.Settings.Pid)
		}
	default:
		l.Logf("%s not sent: %v", process.SignalName(s), err)
	}
}
