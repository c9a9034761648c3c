// Package alarm waits for an instant with as few wakings of this process as the system allows.
package alarm

import "time"

// An Alarm rings once after d, on the channel that it returns, unless stop is
// called before. It may ring early after a stop that came late.
type Alarm func(d time.Duration) (rung <-chan time.Time, stop func())

// Timer is an alarm of the runtime's timers.
func Timer(d time.Duration) (rung <-chan time.Time, stop func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}
