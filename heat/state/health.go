package state

import (
	"time"

	"clsh/heat/policy"
)

// health is a policy.Health in the state file.
type health struct {
	Failed   bool        `json:"failed,omitempty"`
	Flapping bool        `json:"flapping,omitempty"`
	Since    int64       `json:"since,omitempty"`
	Recent   uint64      `json:"recent,omitempty"`
	Changes  []time.Time `json:"changes,omitempty"` // the latest first
	RemindAt *time.Time  `json:"remind_at,omitempty"`
}

// newHealth returns h for the state file; nil where it says nothing.
func newHealth(h *policy.Health, now time.Duration) *health {
	if *h == (policy.Health{}) {
		return nil
	}
	out := &health{Failed: h.Failed, Flapping: h.Flapping, Since: h.Since, Recent: h.Recent, RemindAt: moment(h.RemindAt, now)}
	for _, at := range h.Changes {
		if t := moment(at, now); t != nil {
			out.Changes = append(out.Changes, *t)
		}
	}
	return out
}

// policy is the opposite of newHealth. Changes before this heat's start have negative instants.
func (h *health) policy(now time.Duration) (p policy.Health) {
	if h == nil {
		return p
	}
	p = policy.Health{Failed: h.Failed, Flapping: h.Flapping, Since: h.Since, Recent: h.Recent, RemindAt: instant(h.RemindAt, now)}
	for i, t := range h.Changes[:min(len(h.Changes), len(p.Changes))] {
		if p.Changes[i] = now - max(time.Since(t), 0); p.Changes[i] == 0 { // 0 is none
			p.Changes[i] = -1
		}
	}
	return p
}
