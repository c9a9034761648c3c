package policy

import (
	"fmt"
	"syscall"
	"time"
)

// Phase is where in the diagram of the package's comment a State is.
type Phase uint8

// The phases.
const (
	Watching   Phase = iota
	Repairing        // a recovery was ordered; Repaired is due
	Rechecking       // the window after a recovery
	BackingOff       // the window is over, the next recovery waits
	GaveUp           // heat ends
	Reached          // heat ends: UntilOK good checks in a row
	Missed           // heat ends: Within was over before
)

// String returns the phase as STATUS and the JSON have it.
func (p Phase) String() string {
	return name(p, "watching", "repairing", "re-checking", "backing off", "gave up", "reached", "missed")
}

// MarshalText is String: the state file has names.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Phase) UnmarshalText(text []byte) error {
	for q := Watching; q <= Missed; q++ {
		if q.String() == string(text) {
			*p = q
			return nil
		}
	}
	return fmt.Errorf("%q is no phase", text)
}

// Failure is one failed check.
type Failure struct {
	Unix   int64          `json:"unix"`
	Code   int            `json:"code"`
	Reason Outcome        `json:"reason"`
	Signal syscall.Signal `json:"signal,omitempty"`
	Pid    int            `json:"pid"`
}

// Streak is the failures since the last success, or since the last proven repair.
type Streak struct {
	Count int `json:"count"` // failed checks, re-checks included
	// First and Last mean nothing while Count is 0.
	First      Failure `json:"first"`
	Last       Failure `json:"last"`
	Recoveries int     `json:"recoveries"` // tried in this streak
}

// State is all that heat remembers from one check to the next. It is a value:
// nothing in it is shared. The zero value is not ready; see New.
type State struct {
	Phase    Phase
	Streak   Streak
	Good     int // good re-checks in a row; with Rules.UntilOK good checks
	Rechecks int // good and bad re-checks since the last recovery
	// Due is the instant from which on a bad check may order the next
	// recovery; 0: none. During re-checks one is made at that instant.
	Due time.Duration
	// Tried is the number of recoveries since the service was last good for
	// Rules.Stable. Unlike Streak.Recoveries it outlives the streak.
	Tried int
	// NotBefore is the instant before which no recovery starts
	// (Rules.MinGap); 0: none.
	NotBefore time.Duration
	// ForgetAt is the instant from which on a good check forgets Tried; 0
	// while the last check was bad.
	ForgetAt time.Duration
	Health   Health
	Grid     Grid
}

// New returns the state of a heat whose first check is due at start.
func New(u *Rules, start time.Duration) State {
	return State{Grid: Grid{Origin: start, Period: u.Interval}}
}

// mostRepairAge bounds how old a streak in repair may be: a recovery may reboot
// the machine, and the repair is proven after that.
const mostRepairAge = 24 * time.Hour

// leastStreakAge keeps the restart of a heat with a short interval from losing
// its streak.
const leastStreakAge = time.Minute

// Resume returns s after a restart, with the first check at start. age is the
// time since the last failure of the streak; of s, NotBefore and ForgetAt are on
// the new heat's clock. A streak in repair gets a whole new window of re-checks,
// which begins at start. A streak that is too old is not continued: its failures
// say nothing about today.
func (s State) Resume(u *Rules, start, age time.Duration) State {
	if s.Phase == GaveUp { // whoever starts heat again wants it to try again
		s.Tried = 0
	}
	if s.ended() {
		s.Phase = Watching
	}
	limit := max(u.stable(), leastStreakAge)
	if s.Phase != Watching && s.Streak.Recoveries > 0 {
		limit = mostRepairAge
	}
	if age > limit {
		s.Streak, s.Phase, s.Health.Recent = Streak{}, Watching, 0
	}
	if s.Health.RemindAt != 0 {
		s.Health.RemindAt = min(s.Health.RemindAt, start+u.Remind)
	}
	if s.NotBefore != 0 {
		s.NotBefore = min(s.NotBefore, start+u.minGap())
	}
	if s.ForgetAt != 0 {
		s.ForgetAt = min(s.ForgetAt, start+u.stable())
	}
	if u.Threshold > 0 && s.Streak.Recoveries > 0 && s.Phase != Watching {
		notBefore := s.NotBefore
		s = s.Repaired(u, start)
		s.NotBefore = notBefore
		return s
	}
	s.Streak.Recoveries = 0
	period := u.Interval
	if s.Streak.Count > 0 {
		period = u.failing()
	}
	return State{
		Streak: s.Streak, Tried: s.Tried, NotBefore: s.NotBefore, ForgetAt: s.ForgetAt, Health: s.Health,
		Grid: Grid{Origin: start, Period: period},
	}
}

// Repaired says that the recovery that was ordered ended at the instant end.
// The re-checks begin there, the first at once.
func (s State) Repaired(u *Rules, end time.Duration) State {
	s.Phase = Rechecking
	s.Good, s.Rechecks, s.Due = 0, 0, 0
	if u.RecoveryTimeout > 0 {
		s.Due = end + u.RecoveryTimeout
	}
	s.NotBefore = end + u.minGap()
	s.Grid = Grid{Origin: end, Period: u.failing()}
	return s
}

// Undone says that the recovery that was ordered was not begun, because heat
// ends. A later heat orders it again, if its first check fails.
func (s State) Undone() State {
	if s.Phase != Repairing {
		return s
	}
	s.Streak.Recoveries--
	s.Tried--
	s.NotBefore = 0
	s.Phase = Watching
	if s.Streak.Recoveries > 0 {
		s.Phase = Rechecking
	}
	return s
}

// Next returns the instant of the next check, seen from now, and the state in
// which it has been taken.
func (s State) Next(now time.Duration) (time.Duration, State) {
	slot, grid := s.Grid.Slot(now)
	if s.Quiet() && s.Due > now && s.Due < slot {
		return s.Due, s
	}
	s.Grid = grid
	return slot, s
}

// Expire returns the state once Rules.Within is over, whatever is going on.
func (s State) Expire(u *Rules) (State, []Action) {
	if u.Within == 0 || s.ended() {
		return s, nil
	}
	s.Phase = Missed
	return s, []Action{{Do: ReportMissed, Streak: s.Streak, Tried: s.Tried}}
}

// ended reports whether heat ends in this phase.
func (s State) ended() bool { return s.Phase == GaveUp || s.Phase == Reached || s.Phase == Missed }

// Quiet tells whether checks are re-checks now, which do not show on the
// console.
func (s State) Quiet() bool { return s.Phase != Watching }
