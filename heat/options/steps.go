package options

import (
	"fmt"
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

// parseSteps reads the list of --simulate.
func parseSteps(list string) ([]Step, error) {
	var steps []Step
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		name, times, repeated := strings.Cut(word, "*")
		n := 1
		if repeated {
			var err error
			if n, err = strconv.Atoi(times); err != nil || n < 1 || n > mostSteps {
				return nil, exit.Usagef("--simulate: %q: TIMES must be from 1 to %d", word, mostSteps)
			}
		}
		s, err := parseStep(name)
		if err != nil {
			return nil, exit.Usagef("--simulate: %q: %v", word, err)
		}
		if len(steps)+n > mostSteps {
			return nil, exit.Usagef("--simulate: more than %d checks", mostSteps)
		}
		for range n {
			steps = append(steps, s)
		}
	}
	return steps, nil
}

func parseStep(word string) (Step, error) {
	name, value, given := strings.Cut(word, ":")
	s := Step{Name: word, Outcome: policy.Exited}
	switch {
	case name == "ok" && !given:
		return s, nil
	case name == "fail" && !given:
		s.Code = 1
		return s, nil
	case name == "fail":
		code, err := strconv.Atoi(value)
		if err != nil || code < 1 || code > 255 {
			return s, fmt.Errorf("CODE must be from 1 to 255")
		}
		s.Code = code
		return s, nil
	case name == "timeout" && !given:
		s.Outcome, s.Code = policy.TimedOut, 124
		return s, nil
	case name == "signal" && given:
		sig, err := process.ParseSignal(value)
		s.Outcome, s.Code, s.Signal = policy.Signaled, 128+int(sig), sig
		return s, err
	case name == "cannot-run" && !given:
		s.Outcome, s.Code = policy.CannotRun, 127
		return s, nil
	}
	return s, fmt.Errorf("%s", stepHelp)
}
