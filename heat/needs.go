package heat

import "clsh/heat/policy"

// hold reports whether something that the check needs fails. Then it does not run, and r is its result.
func (l *loop) hold(r *policy.Result) bool {
	if l.ops.held == nil {
		return false
	}
	by := l.ops.held()
	if by == "" {
		return false
	}
	r.End, r.Outcome, r.Needs = l.now(), policy.Held, by
	l.checkNow = false
	l.store.Checked(policy.Unknown, *r, 0)
	return true
}

// own finds out whether the failure r is the check's own; if not, it changes r. It returns false when
// heat is to end.
func (l *loop) own(r *policy.Result) bool {
	if l.ops.blame == nil || l.cfg.rules.Judge(*r) != policy.Bad {
		return true
	}
	t := l.ops.blame(r.End)
	by, _ := wait(l, t.done, func(int) { t.stop() })
	if by != "" {
		r.Outcome, r.Code, r.Signal, r.Needs = policy.Held, 0, 0, by
	}
	return l.ends == 0
}
