package rollouts

import (
	"errors"
	"os"
	"time"

	"golang.org/x/term"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/event"
	"clsh/runner/gate"
	"clsh/runner/keyboard"
)

// A Run is what a rollout has to know of its run.
type Run struct {
	Hosts     hosts.List
	ID        string        // of its record, or empty
	KillAfter time.Duration // for a gate that is stopped
	Environ   []string      // of the gate
	Stderr    *os.File      // for the last words of the process that runs the gate, or nil
	TTY       *os.File      // OpenTTY's
	Keys      *keyboard.Keys
}

// OpenTTY returns the terminal for questions, nil if none are asked. input reports whether standard
// input is sent to the hosts. closeIt is to be called when the run is over.
func (o *Options) OpenTTY(stdin *os.File, input bool) (tty *os.File, closeIt func() error, err error) {
	if !o.Ask {
		return nil, func() error { return nil }, nil
	}
	if input && stdin != nil && term.IsTerminal(int(stdin.Fd())) {
		return nil, nil, errors.New("--ask: cannot be combined with --stdin at a terminal\nhint: both read it; give --stdin a file: --stdin <FILE")
	}
	tty, closeIt, err = keyboard.Open(stdin)
	if err != nil {
		return nil, nil, errors.New("--ask: there is no terminal to ask on\nhint: --gate COMMAND decides without you; --ask=false asks nothing")
	}
	return tty, closeIt, nil
}

// Rollout returns what the options ask for, or nil. After each group comes the gate, then the
// pause, and at last the question, whose answer starts the next group at once.
func (o *Options) Rollout(run Run) *runner.Rollout {
	if !o.Budgeted() && !o.isSet("gate") {
		return nil
	}
	n := len(run.Hosts)
	r := &runner.Rollout{Groups: o.sizes.Plan(n), MaxFail: event.NoLimit}
	if o.Budgeted() {
		r.MaxFail, r.Budget = o.budget.Allowed(n), "--max-fail "+o.budget.Describe(n)
	}
	names := run.Hosts.Names()
	var steps []func(runner.Interval) event.Stop
	if o.isSet("gate") {
		g := &gate.Gate{
			Command: o.Gate, Timeout: o.GateTimeout, Grace: run.KillAfter, Names: names, Fold: hosts.Fold, RunID: run.ID,
			Environ: run.Environ, Stderr: run.Stderr,
		}
		steps = append(steps, g.Run)
	}
	if o.BatchPause > 0 {
		steps = append(steps, runner.Pause(o.BatchPause))
	}
	if o.Ask {
		q := &keyboard.Question{Keys: run.Keys, TTY: run.TTY, Names: names, Fold: hosts.Fold}
		steps = append(steps, q.Ask)
	}
	if len(steps) > 0 {
		r.Between = func(i runner.Interval) (stop event.Stop) {
			for _, step := range steps {
				if stop = step(i); stop.By != "" || i.Over() {
					break
				}
			}
			return stop
		}
	}
	return r
}
