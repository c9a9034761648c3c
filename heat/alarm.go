package heat

import "time"

// An alarm rings once after d, on the channel that it returns, unless stop is
// called before. It may ring early after a stop that came late.
type alarm func(d time.Duration) (rung <-chan time.Time, stop func())

// timerAlarm is an alarm of the runtime's timers.
func timerAlarm(d time.Duration) (rung <-chan time.Time, stop func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}
