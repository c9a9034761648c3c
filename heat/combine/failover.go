package combine

import "time"

// A Side is where the traffic goes.
type Side uint8

// The sides.
const (
	Primary Side = iota
	Secondary
)

// String returns the side's name.
func (s Side) String() string { return [...]string{"primary", "secondary"}[s] }

// Health is what a switch has to know of a check.
type Health struct {
	Failed bool // its state is failed: its threshold was reached
	Good   int  // its good checks in a row
}

// SwitchRules are the settings of a switch.
type SwitchRules struct {
	// Rise is how many good checks in a row the primary must have, and Hold how long it must be good,
	// until the traffic goes back to it. There is no more than one change each Hold.
	Rise int
	Hold time.Duration
}

// A Switch is the state of a failover: between two checks, of which one gets the traffic. It is a
// value. Instants are durations since any moment before it.
type Switch struct {
	Side Side
	// Changed is the instant of the last change; before the first one, MovedBefore is false.
	Changed     time.Duration
	MovedBefore bool
	// GoodSince is when the primary was found good first in its run of good checks.
	GoodSince time.Duration
	good      bool // it is in one
}

// Failover returns the state after the health of both sides was looked at, and the side to which the
// traffic is to go. If that is not Switch.Side, the caller moves it there and, when it has, calls
// Moved.
//
// The traffic goes to the secondary when the primary has failed and the secondary is good, and back
// when the primary has been good for Rise checks and for Hold. If both have failed, it stays where it
// is, since a move would help nobody.
func (s Switch) Failover(r SwitchRules, primary, secondary Health, now time.Duration) (Switch, Side) {
	good := primary.Good > 0 && !primary.Failed
	if good && !s.good {
		s.GoodSince = now
	}
	s.good = good
	if s.MovedBefore && now-s.Changed < r.Hold {
		return s, s.Side
	}
	switch {
	case s.Side == Primary && primary.Failed && secondary.Good > 0 && !secondary.Failed:
		return s, Secondary
	case s.Side == Secondary && good && primary.Good >= r.Rise && now-s.GoodSince >= r.Hold:
		return s, Primary
	}
	return s, s.Side
}

// Moved says that the traffic goes to side since now.
func (s Switch) Moved(side Side, now time.Duration) Switch {
	s.Side, s.Changed, s.MovedBefore = side, now, true
	return s
}

// Next returns how long nothing changes if the health of both stays as it is; 0 is for ever.
func (s Switch) Next(r SwitchRules, now time.Duration) time.Duration {
	var next time.Duration
	if s.MovedBefore {
		next = s.Changed + r.Hold - now
	}
	if s.Side == Secondary && s.good {
		next = max(next, s.GoodSince+r.Hold-now)
	}
	return max(next, 0)
}
