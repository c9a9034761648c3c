package state

import (
	"slices"

	"clsh/heat/history"
	"clsh/heat/policy"
)

// Shown returns what is to be shown as the state of the check, whose state the policy's is.
func (s *Store) Shown(p policy.State) string { return s.totals.shown(p, s.unknown) }

// History returns all that is to be shown of the check.
func (s *Store) History(p policy.State) history.Check {
	return history.Check{Name: s.check, State: s.Shown(p), Since: p.Health.Since, Days: slices.Clone(s.totals.Days)}
}

// Past returns what is to be shown of the check name whose state file is path.
func Past(path, name string) (history.Check, error) {
	in, err := readState(path)
	if err != nil {
		return history.Check{}, err
	}
	p := policy.State{Phase: in.Phase, Health: in.Health.policy(0)}
	return history.Check{Name: name, State: in.shown(p, false), Since: p.Health.Since, Days: in.Days}, nil
}

// shown is unknown for a check that would be ok, if the last one said nothing, or none has run.
func (t *totals) shown(p policy.State, unknown bool) string {
	none := t.Checks[policy.Good.String()]+t.Checks[policy.Bad.String()] == 0
	if p.Status() == policy.StatusOK && (unknown || none) {
		return "unknown"
	}
	return p.Status().String()
}
