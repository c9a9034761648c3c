package options

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"clsh/heat/exit"
	"clsh/heat/policy"
	"clsh/heat/process"
)

// A Step is one check of --simulate.
type Step struct {
	Name    string
	Outcome policy.Outcome
	Code    int
	Signal  syscall.Signal
}

// mostSteps bounds the repetitions in a list.
const mostSteps = 100_000

const stepHelp = "not an outcome\nhint: ok, fail, fail:CODE, timeout, signal:NAME or cannot-run, each perhaps with *TIMES"

// checkSimulate reads the list of --simulate.
func (c *Command) checkSimulate(cfg *Settings) error {
	if c.Simulate == "" {
		return nil
	}
	for word := range strings.SplitSeq(c.Simulate, ",") {
		word = strings.TrimSpace(word)
		name, times, repeated := strings.Cut(word, "*")
		n := 1
		if repeated {
			var err error
			if n, err = strconv.Atoi(times); err != nil || n < 1 || n > mostSteps {
				return exit.Usagef("--simulate: %q: TIMES must be from 1 to %d", word, mostSteps)
			}
		}
		s, err := parseStep(name)
		if err != nil {
			return exit.Usagef("--simulate: %q: %v", word, err)
		}
		if len(cfg.Simulate)+n > mostSteps {
			return exit.Usagef("--simulate: more than %d checks", mostSteps)
		}
		cfg.Simulate = append(cfg.Simulate, slices.Repeat([]Step{s}, n)...)
	}
	return nil
}

func parseStep(word string) (s Step, err error) {
	name, value, given := strings.Cut(word, ":")
	s = Step{Name: word, Outcome: policy.Exited}
	switch {
	case name == "ok" && !given:
	case name == "fail" && !given:
		s.Code = 1
	case name == "fail":
		if s.Code, err = strconv.Atoi(value); err != nil || s.Code < 1 || s.Code > 255 {
			err = errors.New("CODE must be from 1 to 255")
		}
	case name == "timeout" && !given:
		s.Outcome, s.Code = policy.TimedOut, 124
	case name == "signal" && given:
		s.Signal, err = process.ParseSignal(value)
		s.Outcome, s.Code = policy.Signaled, 128+int(s.Signal)
	case name == "cannot-run" && !given:
		s.Outcome, s.Code = policy.CannotRun, 127
	default:
		err = errors.New(stepHelp)
	}
	return s, err
}
