package heat

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"clsh/heat/combine"
	"clsh/heat/fleet"
	"clsh/heat/hook"
	"clsh/heat/output"
	"clsh/heat/state"
)

// A Switch moves traffic between two checks of a file.
type Switch struct {
	Primary, Secondary string // names of checks
	Failover, Failback string // hooks
	Hold               *Seconds
}

// holdDefault is --hold's default.
const holdDefault = time.Minute

// newSwitcher checks a switch, whose other options f.Command has; process has those of the command
// line.
func newSwitcher(f FileCheck, process *Command, board *fleet.Board) (*config, *switcher, error) {
	c, w := f.Command, f.Switch
	cfg := &config{
		hookTimeout: time.Duration(c.HookTimeout), killAfter: time.Duration(c.KillAfter), json: process.Format == "json",
		once: process.Once, dryRun: process.DryRun, files: paths{state: c.State},
	}
	c.Name, c.Time = f.Name, process.Time
	for _, part := range []func(*config) error{c.checkLabel, c.checkTimes, c.checkLog} {
		if err := part(cfg); err != nil {
			return nil, nil, err
		}
	}
	s := &switcher{spec: *w, rules: combine.SwitchRules{Rise: 1, Hold: w.Hold.duration(holdDefault)}, board: board}
	for i, h := range []struct{ key, text, side, check string }{
		{"failback", w.Failback, "primary", w.Primary}, {"failover", w.Failover, "secondary", w.Secondary},
	} {
		switch {
		case h.check == "":
			return nil, nil, fmt.Errorf("%s: is missing\nhint: %s = \"NAME\" of a check", h.side, h.side)
		case h.text == "":
			return nil, nil, fmt.Errorf("%s: is missing\nhint: %s = \"HOOK\" moves the traffic to the %s", h.key, h.key, h.side)
		}
		var err error
		if s.hooks[i], err = hook.Parse(h.text, process.Simulate == ""); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", h.key, notExecutable(err))
		}
	}
	if w.Primary == w.Secondary {
		return nil, nil, fmt.Errorf("primary and secondary are the same check")
	}
	if c.Rise != nil {
		if s.rules.Rise = *c.Rise; s.rules.Rise < 1 {
			return nil, nil, fmt.Errorf("rise %d: must be at least 1", s.rules.Rise)
		}
	}
	return cfg, s, nil
}

// switcher runs a switch. It has a loop only for what that has: hooks, signals, log.
type switcher struct {
	spec  Switch
	rules combine.SwitchRules
	board *fleet.Board
	hooks [2]hook.Hook // by the side that they move the traffic to
	state combine.Switch
	file  *state.Side
	retry time.Duration // no hook is run before; 0: none has failed
}

// run runs the switch until heat is to end, and returns the exit status.
func (s *switcher) run(ctx context.Context, l *loop) int {
	defer l.finish()
	if l.cfg.once {
		return 0
	}
	s.restore(l)
	for l.ends == 0 && !l.deserted {
		primary, secondary, changed := s.board.Health(s.spec.Primary, s.spec.Secondary)
		now := l.now()
		var to combine.Side
		s.state, to = s.state.Failover(s.rules, primary, secondary, now)
		next := s.state.Next(s.rules, now)
		if to != s.state.Side {
			if now >= s.retry {
				s.move(l, to)
				continue
			}
			next = s.retry - now
		}
		t := either(ctx, changed, next)
		if _, ok := wait(l, t.done, nil); !ok {
			t.stop()
			<-t.done
		}
		l.checkNow = false // a switch has no check of its own
	}
	if l.ends == 0 {
		return exitSignal + int(syscall.SIGPIPE)
	}
	return l.exit
}

// restore takes up where the traffic was.
func (s *switcher) restore(l *loop) {
	s.file = state.NewSide(l.cfg.files.state, l.logf)
	side, age := s.file.Load(combine.Primary.String(), combine.Secondary.String())
	switch side {
	case combine.Secondary.String():
		s.state = s.state.Moved(combine.Secondary, l.now()-age)
		l.logf("the traffic is on %s, the secondary", s.spec.Secondary)
	case combine.Primary.String():
		s.state = s.state.Moved(combine.Primary, l.now()-age)
	}
	s.report(l)
}

// report reports the state to the service manager.
func (s *switcher) report(l *loop) {
	status := statusGood
	if s.state.Side == combine.Secondary {
		status = "the traffic is on the secondary"
	}
	l.ops.notify("STATUS=" + status)
}

// move runs the hook that moves the traffic. If it fails, it is run again after an interval, should
// the move still be due.
func (s *switcher) move(l *loop, to combine.Side) {
	name, h := "failover", s.hooks[to]
	if to == combine.Primary {
		name = "failback"
		l.logf("failback to %s, which has been good for %s", s.spec.Primary, shown(s.rules.Hold))
	} else {
		l.logf("failover to %s: %s has failed", s.spec.Secondary, s.spec.Primary)
	}
	end := hook.End{}
	if l.cfg.dryRun {
		l.logf("would run %s", h)
	} else {
		end = l.awaitHook(h.String(), l.ops.hook(h, []string{
			"HEAT_CHECK_NAME=" + l.cfg.label.Name, "HEAT_CHECK_LOG=" + l.cfg.log.Path,
			"HEAT_CHECK_EVENT=" + name, "HEAT_CHECK_STATE=" + to.String(),
		}, nil))
		l.ops.hookEnded()
		why := ""
		if end.Err != nil {
			why = ": " + end.Err.Error()
		}
		l.logf("%s, exit code %d%s", name, end.Code, why)
	}
	l.console.event(event{
		Time: time.Now().Unix(), Event: name, State: to.String(), Code: &end.Code, Duration: millis(end.Took), Would: l.cfg.dryRun,
	})
	if end.Code != 0 {
		s.retry = l.now() + l.cfg.rules.Interval
		return
	}
	s.retry, s.state = 0, s.state.Moved(to, l.now())
	s.report(l)
	if !l.cfg.dryRun {
		s.file.Set(to.String())
		_, _ = wait(l, s.file.Settled(output.SettleLimit), func(int) {})
	}
}

// either waits for a change, or until d is over; 0 is no limit.
func either(parent context.Context, changed <-chan struct{}, d time.Duration) task[struct{}] {
	ctx, stop := context.WithCancel(parent)
	done := make(chan struct{}, 1)
	go func() {
		defer stop()
		var over <-chan time.Time
		if d > 0 {
			t := time.NewTimer(d)
			defer t.Stop()
			over = t.C
		}
		select {
		case <-changed:
		case <-over:
		case <-ctx.Done():
		}
		done <- struct{}{}
	}()
	return task[struct{}]{done, stop}
}
