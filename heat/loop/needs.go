package loop

import (
	"context"
	"time"

	"clsh/heat/combine"
	"clsh/heat/fleet"
	"clsh/heat/policy"
	"clsh/heat/worker"
)

// Join connects the loop with the checks that it needs, and with those that need it. begin is when
// the first of all was started. A check that cannot be started does not end a loop among others.
func (l *Loop) Join(ctx context.Context, board *fleet.Board, name string, needs []string, begin time.Time) {
	wanted := make(chan struct{}, 1)
	l.Ops.Wanted = wanted
	board.Join(name, needs, func() {
		select {
		case wanted <- struct{}{}:
		default:
		}
	})
	l.ops.put = func(r policy.Result, v policy.Verdict) {
		failed := l.state.Status() != policy.StatusOK
		board.Put(name, fleet.Report{State: boardState(l.state, r, v), Failed: failed, Begun: l.Begin.Add(r.Begin)})
	}
	if len(needs) == 0 {
		return
	}
	l.ops.held = func() string { return board.HeldBy(name) }
	l.ops.blame = func(ended time.Duration) worker.Task[string] {
		at := l.Begin.Add(ended)
		if l.Settings.Once {
			at = begin // each check runs once: what it needs has begun, or will
		}
		return beside(ctx, func(ctx context.Context) string { return board.Blame(ctx, name, at) })
	}
}

// boardState is what a check's result means for those that need it.
func boardState(s policy.State, r policy.Result, v policy.Verdict) combine.State {
	switch {
	case s.Status() != policy.StatusOK || s.Streak.Count > 0 || v == policy.Bad && !r.Paused:
		return combine.Failing
	case v == policy.Good:
		return combine.Good
	}
	return combine.Unknown
}

// hold reports whether something that the check needs fails. Then it does not run, and r is its result.
func (l *Loop) hold(r *policy.Result) bool {
	if l.ops.held == nil {
		return false
	}
	by := l.ops.held()
	if by == "" {
		return false
	}
	r.End, r.Outcome, r.Needs = l.Now(), policy.Held, by
	l.CheckNow = false
	l.store.Checked(policy.Unknown, *r, 0)
	return true
}

// own finds out whether the failure r is the check's own; if not, it changes r. It returns false when
// heat is to end.
func (l *Loop) own(r *policy.Result) bool {
	if l.ops.blame == nil || l.Settings.Rules.Judge(*r) != policy.Bad {
		return true
	}
	t := l.ops.blame(r.End)
	by, _ := worker.Wait(l.Worker, t.Done, func(int) { t.Stop() })
	if by != "" {
		r.Outcome, r.Code, r.Signal, r.Needs = policy.Held, 0, 0, by
	}
	return !l.Ending()
}
