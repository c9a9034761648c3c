package policy

import "time"

// Status is what is known of the service across checks.
type Status uint8

// The statuses.
const (
	StatusOK       Status = iota // at the start, too: a service is good until it has failed
	StatusFailed                 // Rules.Alarm was reached, and the streak goes on
	StatusFlapping               // it changed more often than Rules.Flaps allows
	StatusGaveUp                 // heat has given up, and ends
)

// String returns the status as HEAT_CHECK_STATE and the JSON have it.
func (s Status) String() string {
	return name(s, "ok", "failed", "flapping", "gave-up")
}

// Event is why a change is reported.
type Event string

// The events, as HEAT_CHECK_EVENT has them.
const (
	EventFailed    Event = "failed"
	EventOK        Event = "ok"        // good again without a repair
	EventRecovered Event = "recovered" // a repair is proven
	EventGaveUp    Event = "gave-up"
	EventFlapping  Event = "flapping"
	EventSteady    Event = "steady"   // it flaps no longer
	EventReminder  Event = "reminder" // nothing has changed for Rules.Remind
)

// A Change is what Changed and RunChange report.
type Change struct {
	Event  Event
	Status Status
	Since  int64 // Health.Since
}

// MostFlaps bounds Rules.Flaps, and MostOf Rules.Of: a State is a value of a fixed size.
const (
	MostFlaps = 20
	MostOf    = 64
)

// Health is the part of a State that says how the service is, as opposed to what heat does about it.
type Health struct {
	Failed   bool // also beneath Flapping
	Flapping bool
	// Since is the wall clock, in seconds, of the check that brought the status; 0: no check has
	// changed it.
	Since int64
	// Recent has a bit for each of the last Rules.Of checks, the latest in the lowest; 1 is bad.
	Recent uint64
	// Changes are the instants at which Failed changed, the latest first; 0: none.
	Changes  [MostFlaps + 1]time.Duration
	RemindAt time.Duration // 0: not
}

// within returns how many of the changes are not older than d at now.
func (h *Health) within(d, now time.Duration) int {
	for i, at := range h.Changes {
		if at == 0 || now-at > d {
			return i
		}
	}
	return len(h.Changes)
}
