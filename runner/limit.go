package runner

import "time"

// A limit is the one timer of a session: how long its phase may last. The time
// for which this process did not run does not count.
type limit struct {
	timer *time.Timer
	pulse *pulse
	set   time.Duration
	late  time.Duration // the pulse's lateness when it was set
}

// newLimit returns a limit that is not set. The caller must call stop.
func newLimit(p *pulse) *limit {
	l := &limit{timer: time.NewTimer(time.Hour), pulse: p}
	l.timer.Stop()
	return l
}

// begin sets the limit to d from now on; 0 is no limit.
func (l *limit) begin(d time.Duration) {
	l.timer.Stop()
	l.set, l.late = d, l.pulse.lateness()
	if d > 0 {
		l.timer.Reset(d)
	}
}

// extend gives back the time that was lost to lateness since the limit was
// set, and reports whether there was any.
func (l *limit) extend() bool {
	late := l.pulse.lateness() - l.late
	if late > 0 {
		l.begin(min(late, l.set))
	}
	return late > 0
}

func (l *limit) stop() { l.timer.Stop() }
