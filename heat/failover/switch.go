// Package failover moves traffic between two checks of a file.
//
// A switch is no check: it watches the board of the checks, and runs a hook when package combine says
// that the traffic belongs on the other side.
package failover

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"clsh/heat/combine"
	"clsh/heat/console"
	"clsh/heat/exit"
	"clsh/heat/fleet"
	"clsh/heat/hook"
	"clsh/heat/manager"
	"clsh/heat/options"
	"clsh/heat/output"
	"clsh/heat/state"
	"clsh/heat/words"
	"clsh/heat/worker"
)

// A Switch moves traffic between two checks of a file.
type Switch struct {
	Primary, Secondary string // names of checks
	Failover, Failback string // hooks
	Hold               *options.Seconds
}

// holdDefault is --hold's default.
const holdDefault = time.Minute

// New checks a switch and returns what runs it; board has the health of its checks. The files of its hooks have
// to be there if runnable is set.
func New(s Switch, rise *int, runnable bool, board *fleet.Board) (*Switcher, error) {
	w := &Switcher{spec: s, rules: combine.SwitchRules{Rise: 1, Hold: s.Hold.Or(holdDefault)}, board: board}
	for i, h := range []struct{ key, text, side, check string }{
		{"failback", s.Failback, "primary", s.Primary}, {"failover", s.Failover, "secondary", s.Secondary},
	} {
		switch {
		case h.check == "":
			return nil, fmt.Errorf("%s: is missing\nhint: %s = \"NAME\" of a check", h.side, h.side)
		case h.text == "":
			return nil, fmt.Errorf("%s: is missing\nhint: %s = \"HOOK\" moves the traffic to the %s", h.key, h.key, h.side)
		}
		var err error
		if w.hooks[i], err = hook.Parse(h.text, runnable); err != nil {
			return nil, fmt.Errorf("%s: %w", h.key, exit.NotExecutable(err))
		}
	}
	if s.Primary == s.Secondary {
		return nil, fmt.Errorf("primary and secondary are the same check")
	}
	if rise != nil {
		if w.rules.Rise = *rise; w.rules.Rise < 1 {
			return nil, fmt.Errorf("rise %d: must be at least 1", w.rules.Rise)
		}
	}
	return w, nil
}

// A Switcher runs a switch.
type Switcher struct {
	spec  Switch
	rules combine.SwitchRules
	board *fleet.Board
	hooks [2]hook.Hook // by the side that they move the traffic to
	state combine.Switch
	file  *state.Side
	retry time.Duration // no hook is run before; 0: none has failed
}

// Run runs the switch until heat is to end, and returns the exit status.
func (s *Switcher) Run(ctx context.Context, w *worker.Worker) int {
	defer w.Finish()
	if w.Settings.Once {
		return 0
	}
	s.restore(w)
	for !w.Ending() && !w.Deserted() {
		primary, secondary, changed := s.board.Health(s.spec.Primary, s.spec.Secondary)
		now := w.Now()
		var to combine.Side
		s.state, to = s.state.Failover(s.rules, primary, secondary, now)
		next := s.state.Next(s.rules, now)
		if to != s.state.Side {
			if now >= s.retry {
				s.move(w, to)
				continue
			}
			next = s.retry - now
		}
		t := either(ctx, changed, next)
		if _, ok := worker.Wait(w, t.Done, nil); !ok {
			t.Stop()
			<-t.Done
		}
		w.CheckNow = false // a switch has no check of its own
	}
	if !w.Ending() {
		return exit.Signal + int(syscall.SIGPIPE)
	}
	return w.Exit()
}

// restore takes up where the traffic was.
func (s *Switcher) restore(w *worker.Worker) {
	s.file = state.NewSide(w.Settings.Files.State, w.Logf)
	side, age := s.file.Load(combine.Primary.String(), combine.Secondary.String())
	switch side {
	case combine.Secondary.String():
		s.state = s.state.Moved(combine.Secondary, w.Now()-age)
		w.Logf("the traffic is on %s, the secondary", s.spec.Secondary)
	case combine.Primary.String():
		s.state = s.state.Moved(combine.Primary, w.Now()-age)
	}
	s.report(w)
}

// report reports the state to the service manager.
func (s *Switcher) report(w *worker.Worker) {
	status := manager.StatusGood
	if s.state.Side == combine.Secondary {
		status = "the traffic is on the secondary"
	}
	w.Ops.Notify("STATUS=" + status)
}

// move runs the hook that moves the traffic. If it fails, it is run again after an interval, should
// the move still be due.
func (s *Switcher) move(w *worker.Worker, to combine.Side) {
	name, h := "failover", s.hooks[to]
	if to == combine.Primary {
		name = "failback"
		w.Logf("failback to %s, which has been good for %s", s.spec.Primary, words.Duration(s.rules.Hold))
	} else {
		w.Logf("failover to %s: %s has failed", s.spec.Secondary, s.spec.Primary)
	}
	end := hook.End{}
	if w.Settings.DryRun {
		w.Logf("would run %s", h)
	} else {
		end = w.RunHook(h, []string{
			"HEAT_CHECK_NAME=" + w.Settings.Label.Name, "HEAT_CHECK_LOG=" + w.Settings.Log.Path,
			"HEAT_CHECK_EVENT=" + name, "HEAT_CHECK_STATE=" + to.String(),
		}, nil)
		why := ""
		if end.Err != nil {
			why = ": " + end.Err.Error()
		}
		w.Logf("%s, exit code %d%s", name, end.Code, why)
	}
	w.Console.Event(console.Event{
		Time: time.Now().Unix(), Event: name, Transition: console.Transition{State: to.String()}, Code: &end.Code, Duration: console.Millis(end.Took), Would: w.Settings.DryRun,
	})
	if end.Code != 0 {
		s.retry = w.Now() + w.Settings.Rules.Interval
		return
	}
	s.retry, s.state = 0, s.state.Moved(to, w.Now())
	s.report(w)
	if !w.Settings.DryRun {
		s.file.Set(to.String())
		_, _ = worker.Wait(w, s.file.Settled(output.SettleLimit), func(int) {})
	}
}

// either waits for a change, or until d is over; 0 is no limit.
func either(parent context.Context, changed <-chan struct{}, d time.Duration) worker.Task[struct{}] {
	ctx, stop := context.WithCancel(parent)
	done := make(chan struct{}, 1)
	go func() {
		defer stop()
		var over <-chan time.Time
		if d > 0 {
			over = time.After(d)
		}
		select {
		case <-changed:
		case <-over:
		case <-ctx.Done():
		}
		done <- struct{}{}
	}()
	return worker.Task[struct{}]{Done: done, Stop: stop}
}
