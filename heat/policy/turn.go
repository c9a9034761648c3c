package policy

import "math/bits"

// Status returns what is known of the service.
func (s State) Status() Status {
	switch {
	case s.Phase == GaveUp:
		return StatusGaveUp
	case s.Health.Flapping:
		return StatusFlapping
	case s.Health.Failed:
		return StatusFailed
	}
	return StatusOK
}

// push records a check in the window of Rules.Of.
func (o *observation) push(bad bool) {
	if o.u.Of == 0 {
		o.Health.Recent = 0 // a heat before may have had another rule
		return
	}
	o.Health.Recent <<= 1
	if bad {
		o.Health.Recent |= 1
	}
	o.Health.Recent &= 1<<o.u.Of - 1
}

// alarmed reports whether so many checks have failed that the service counts as failed.
func (o *observation) alarmed() bool {
	if o.u.Of > 0 {
		return bits.OnesCount64(o.Health.Recent) >= o.u.alarm()
	}
	return o.Streak.Count >= o.u.alarm()
}

// turn says that the service has failed, or is good again because of event. A change while the
// service flaps is not reported.
func (o *observation) turn(failed bool, event Event) {
	h := &o.Health
	if h.Failed == failed {
		return
	}
	h.Failed = failed
	copy(h.Changes[1:], h.Changes[:])
	h.Changes[0] = max(o.r.End, 1)
	switch {
	case h.Flapping:
	case o.u.Flaps > 0 && h.within(o.u.FlapIn, o.r.End) > o.u.Flaps:
		h.Flapping = true
		o.tell(EventFlapping)
	default:
		o.tell(event)
	}
}

// calm ends flapping when nothing has changed for Rules.FlapIn, and reminds of a status that lasts.
func (o *observation) calm() {
	h := &o.Health
	if h.Flapping && (o.u.Flaps == 0 || h.within(o.u.FlapIn, o.r.End+1) == 0) {
		h.Flapping = false
		o.tell(EventSteady)
	}
	if h.RemindAt != 0 && o.r.End >= h.RemindAt {
		o.tell(EventReminder)
	}
}

// tell reports the status as it is now.
func (o *observation) tell(event Event) {
	if event != EventReminder {
		o.Health.Since = o.r.Unix
	}
	o.Health.RemindAt = 0
	status := o.Status()
	if o.u.Remind > 0 && status != StatusOK {
		o.Health.RemindAt = max(o.r.End+o.u.Remind, 1)
	}
	for _, d := range []Do{Changed, RunChange} {
		if o.u.Wired[d] {
			o.actions = append(o.actions, Action{d, o.Streak, o.Tried, Change{event, status, o.Health.Since}})
		}
	}
}
