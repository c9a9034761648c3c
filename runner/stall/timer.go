package stall

import "time"

// A Timer is a time.Timer that can be credited with the time for which this process did
// not run.
type Timer struct {
	C       <-chan time.Time
	timer   *time.Timer
	monitor *Monitor
	set     time.Duration
	stalled time.Duration // the monitor's, when the timer was set
}

// NewTimer returns a timer that is not set. The caller must call Stop.
func NewTimer(m *Monitor) *Timer {
	t := &Timer{timer: time.NewTimer(time.Hour), monitor: m}
	t.C = t.timer.C
	t.timer.Stop()
	return t
}

// Reset sets the timer to d from now on; 0 means that it never expires.
func (t *Timer) Reset(d time.Duration) {
	t.timer.Stop()
	t.set, t.stalled = d, t.monitor.total()
	if d > 0 {
		t.timer.Reset(d)
	}
}

// Credit gives back the time for which this process did not run since the timer was set,
// and reports whether there was any. Call it when the timer has expired.
func (t *Timer) Credit() bool {
	lost := t.monitor.total() - t.stalled
	if lost > 0 {
		t.Reset(min(lost, t.set))
	}
	return lost > 0
}

// Stop stops the timer for good.
func (t *Timer) Stop() { t.timer.Stop() }
