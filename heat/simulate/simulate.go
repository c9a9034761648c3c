// Package simulate shows what heat would do, without doing any of it.
package simulate

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"clsh/heat/console"
	"clsh/heat/exit"
	"clsh/heat/options"
	"clsh/heat/policy"
	"clsh/heat/process"
	"clsh/heat/words"
)

// simulation walks through the policy on a clock of its own, on which checks
// and scripts take no time, but for one that is ended at its limit.
type simulation struct {
	cfg   *options.Settings
	w     *bufio.Writer
	state policy.State
	now   time.Duration
}

// Run shows what heat would do, and returns the exit status of showing
// it.
func Run(cfg *options.Settings, out io.Writer) int {
	s := &simulation{cfg: cfg, w: bufio.NewWriter(out), state: policy.New(&cfg.Rules, cfg.Delay), now: 0}
	for _, st := range cfg.Simulate {
		if status, end := s.step(st); end {
			s.line("", fmt.Sprintf("  ends with exit status %d", status))
			break
		}
	}
	if s.w.Flush() != nil {
		return exit.Failure
	}
	return 0
}

// step shows one check. If heat ends with it, status is its exit status.
func (s *simulation) step(st options.Step) (status int, end bool) {
	r := policy.Result{Outcome: st.Outcome, Code: st.Code, Signal: st.Signal, Pid: 1}
	r.Slot, s.state = s.state.Next(s.now)
	r.Begin = max(r.Slot, s.now)
	if within := s.cfg.Rules.Within; within > 0 && r.Begin >= within {
		s.state, _ = s.state.Expire(&s.cfg.Rules)
		s.line(words.Duration(within), console.Missed(&s.cfg.Rules, s.state))
		return exit.GaveUp, true
	}
	r.End = r.Begin
	if st.Outcome == policy.TimedOut {
		r.End += s.cfg.Check.Limit
	}
	r.Unix = int64(r.Begin / time.Second)
	s.now = r.End
	kind := "check"
	if s.state.Quiet() {
		kind = "re-check"
	}
	var actions []policy.Action
	s.state, actions = s.state.Observe(&s.cfg.Rules, r)
	s.line(words.Duration(r.Begin), kind+" "+st.Name)
	for _, a := range actions {
		if text := s.action(a, r); text != "" {
			s.line("", "  "+text)
		}
	}
	switch {
	case s.cfg.Once:
		return r.Code, true
	case s.state.Phase == policy.Reached:
		return 0, true
	case s.state.Phase == policy.GaveUp, s.state.Phase == policy.Missed:
		return exit.GaveUp, true
	case s.state.Phase == policy.Repairing:
		s.state = s.state.Repaired(&s.cfg.Rules, s.now)
	}
	return 0, false
}

func (s *simulation) line(at, text string) { fmt.Fprintf(s.w, "%8s  %s\n", at, text) }

// action says what a does; empty for what nobody sees.
func (s *simulation) action(a policy.Action, r policy.Result) string {
	streak := a.Streak
	switch a.Do {
	case policy.ShowOK, policy.ShowFailed, policy.ShowUnknown:
		_, line, _ := strings.Cut(strings.TrimSuffix(console.CheckLine(a.Do, r, s.cfg.Label, s.cfg.Log.Shown()), "\n"), ": ")
		return "shows " + line
	case policy.SendSignal, policy.SendFault, policy.SendSuccess:
		return fmt.Sprintf("sends %s to %s", process.SignalName(s.cfg.Signals[a.Do]), s.cfg.Target())
	case policy.Changed:
		return "state " + a.Change.Status.String() + ": " + console.ChangeText(&s.cfg.Rules, a.Change)
	case policy.RunChange:
		return fmt.Sprintf("runs %s with HEAT_CHECK_EVENT=%s HEAT_CHECK_STATE=%s HEAT_CHECK_SINCE=%d",
			s.cfg.Hooks[a.Do], a.Change.Event, a.Change.Status, a.Change.Since)
	case policy.RunFail:
		return "runs " + s.cfg.Hooks[a.Do].String()
	case policy.RunRecovery, policy.RunRecovered, policy.RunGiveUp:
		return fmt.Sprintf("runs %s with HEAT_FAIL_CNT=%d HEAT_FAIL_TIME=%d HEAT_FAIL_TIME_LAST=%d",
			s.cfg.Hooks[a.Do], streak.Count, streak.First.Unix, streak.Last.Unix)
	case policy.WarnBackoff:
		return "reports that --backoff would make a pause"
	case policy.Recover:
		return fmt.Sprintf("recovery %d", streak.Recoveries)
	case policy.Proven:
		return fmt.Sprintf("recovered after %s, %s", words.Count(streak.Recoveries, "recovery", "recoveries"),
			words.Count(streak.Count, "failed check", "failed checks"))
	case policy.ReportReached:
		return fmt.Sprintf("reports %s in a row", words.Count(s.state.Good, "good check", "good checks"))
	case policy.ReportMissed:
		return "reports that " + console.Missed(&s.cfg.Rules, s.state)
	case policy.GiveUp:
		return fmt.Sprintf("gives up after %s", words.Count(a.Tried, "recovery", "recoveries"))
	}
	return ""
}
