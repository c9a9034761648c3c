package heat

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"clsh/heat/policy"
	"clsh/heat/process"
)

// mostSteps bounds the repetitions in a list.
const mostSteps = 100_000

const stepHelp = "not an outcome\nhint: ok, fail, fail:CODE, timeout, signal:NAME or cannot-run, each perhaps with *TIMES"

// parseSteps reads the list of --simulate.
func parseSteps(list string) ([]step, error) {
	var steps []step
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		name, times, repeated := strings.Cut(word, "*")
		n := 1
		if repeated {
			var err error
			if n, err = strconv.Atoi(times); err != nil || n < 1 || n > mostSteps {
				return nil, usageErrorf("--simulate: %q: TIMES must be from 1 to %d", word, mostSteps)
			}
		}
		s, err := parseStep(name)
		if err != nil {
			return nil, usageErrorf("--simulate: %q: %v", word, err)
		}
		if len(steps)+n > mostSteps {
			return nil, usageErrorf("--simulate: more than %d checks", mostSteps)
		}
		for range n {
			steps = append(steps, s)
		}
	}
	return steps, nil
}

func parseStep(word string) (step, error) {
	name, value, given := strings.Cut(word, ":")
	s := step{name: word, outcome: policy.Exited}
	switch {
	case name == "ok" && !given:
		return s, nil
	case name == "fail" && !given:
		s.code = 1
		return s, nil
	case name == "fail":
		code, err := strconv.Atoi(value)
		if err != nil || code < 1 || code > 255 {
			return s, fmt.Errorf("CODE must be from 1 to 255")
		}
		s.code = code
		return s, nil
	case name == "timeout" && !given:
		s.outcome, s.code = policy.TimedOut, 124
		return s, nil
	case name == "signal" && given:
		sig, err := process.ParseSignal(value)
		s.outcome, s.code, s.signal = policy.Signaled, 128+int(sig), sig
		return s, err
	case name == "cannot-run" && !given:
		s.outcome, s.code = policy.CannotRun, 127
		return s, nil
	}
	return s, fmt.Errorf("%s", stepHelp)
}

// simulation walks through the policy on a clock of its own, on which checks
// and scripts take no time, but for one that is ended at its limit.
type simulation struct {
	cfg   *config
	w     *bufio.Writer
	state policy.State
	now   time.Duration
}

// simulate shows what heat would do, and returns the exit status of showing
// it.
func simulate(cfg *config, out io.Writer) int {
	s := &simulation{cfg: cfg, w: bufio.NewWriter(out), state: policy.New(&cfg.rules, cfg.delay), now: 0}
	for _, st := range cfg.simulate {
		if end := s.step(st); end {
			break
		}
	}
	if s.w.Flush() != nil {
		return exitFailure
	}
	return 0
}

func (s *simulation) step(st step) (end bool) {
	r := policy.Result{Outcome: st.outcome, Code: st.code, Signal: st.signal, Pid: 1}
	r.Slot, s.state = s.state.Next(s.now)
	r.Begin = max(r.Slot, s.now)
	if within := s.cfg.rules.Within; within > 0 && r.Begin >= within {
		s.state, _ = s.state.Expire(&s.cfg.rules)
		s.line(shown(within), missed(&s.cfg.rules, s.state))
		s.line("", fmt.Sprintf("  ends with exit status %d", exitGaveUp))
		return true
	}
	r.End = r.Begin
	if st.outcome == policy.TimedOut {
		r.End += s.cfg.check.limit
	}
	r.Unix = int64(r.Begin / time.Second)
	s.now = r.End
	kind := "check"
	if s.state.Quiet() {
		kind = "re-check"
	}
	var actions []policy.Action
	s.state, actions = s.state.Observe(&s.cfg.rules, r)
	s.line(shown(r.Begin), kind+" "+st.name)
	for _, a := range actions {
		if text := s.action(a, r); text != "" {
			s.line("", "  "+text)
		}
	}
	switch {
	case s.cfg.once:
		s.line("", fmt.Sprintf("  ends with exit status %d", r.Code))
		return true
	case s.state.Phase == policy.Reached:
		s.line("", "  ends with exit status 0")
		return true
	case s.state.Phase == policy.GaveUp, s.state.Phase == policy.Missed:
		s.line("", fmt.Sprintf("  ends with exit status %d", exitGaveUp))
		return true
	case s.state.Phase == policy.Repairing:
		s.state = s.state.Repaired(&s.cfg.rules, s.now)
	}
	return false
}

func (s *simulation) line(at, text string) { fmt.Fprintf(s.w, "%8s  %s\n", at, text) }

// action says what a does; empty for what nobody sees.
func (s *simulation) action(a policy.Action, r policy.Result) string {
	streak := a.Streak
	switch a.Do {
	case policy.ShowOK, policy.ShowFailed, policy.ShowUnknown:
		_, line, _ := strings.Cut(strings.TrimSuffix(checkLine(a.Do, r, s.cfg.label, s.cfg.log.Shown()), "\n"), ": ")
		return "shows " + line
	case policy.SendSignal, policy.SendFault, policy.SendSuccess:
		return fmt.Sprintf("sends %s to %s", process.SignalName(s.cfg.signals[a.Do]), s.cfg.target())
	case policy.Changed:
		return "state " + a.Change.Status.String() + ": " + changeText(&s.cfg.rules, a.Change)
	case policy.RunChange:
		return fmt.Sprintf("runs %s with HEAT_CHECK_EVENT=%s HEAT_CHECK_STATE=%s HEAT_CHECK_SINCE=%d",
			s.cfg.hooks[a.Do], a.Change.Event, a.Change.Status, a.Change.Since)
	case policy.RunFail:
		return "runs " + s.cfg.hooks[a.Do].String()
	case policy.RunRecovery, policy.RunRecovered, policy.RunGiveUp:
		return fmt.Sprintf("runs %s with HEAT_FAIL_CNT=%d HEAT_FAIL_TIME=%d HEAT_FAIL_TIME_LAST=%d",
			s.cfg.hooks[a.Do], streak.Count, streak.First.Unix, streak.Last.Unix)
	case policy.WarnBackoff:
		return "reports that --backoff would make a pause"
	case policy.Recover:
		return fmt.Sprintf("recovery %d", streak.Recoveries)
	case policy.Proven:
		return fmt.Sprintf("recovered after %s, %s", count(streak.Recoveries, "recovery", "recoveries"),
			count(streak.Count, "failed check", "failed checks"))
	case policy.ReportReached:
		return fmt.Sprintf("reports %s in a row", count(s.state.Good, "good check", "good checks"))
	case policy.ReportMissed:
		return "reports that " + missed(&s.cfg.rules, s.state)
	case policy.GiveUp:
		return fmt.Sprintf("gives up after %s", count(a.Tried, "recovery", "recoveries"))
	}
	return ""
}
