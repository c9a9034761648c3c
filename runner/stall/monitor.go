// Package stall provides timers whose time stands still while this process does: stopped by
// ^Z, starved, or asleep with the machine. Nobody is to be called late because we were.
package stall

import (
	"sync"
	"time"
)

// A Monitor measures for how long this process did not run although it should have.
// Suspension of the machine does not count in Go's monotonic clock.
type Monitor struct {
	mu      sync.Mutex
	last    time.Time
	stalled time.Duration
}

const (
	every = 250 * time.Millisecond
	slack = 250 * time.Millisecond // an ordinary scheduler may add this much
)

// NewMonitor returns a Monitor. It measures while Run runs.
func NewMonitor() *Monitor { return &Monitor{last: time.Now()} }

// Run measures until done is closed.
func (m *Monitor) Run(done <-chan struct{}) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			m.total()
		case <-done:
			return
		}
	}
}

// total returns the time lost since the Monitor was made.
func (m *Monitor) total() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if gap := now.Sub(m.last) - every; gap > slack {
		m.stalled += gap
	}
	m.last = now
	return m.stalled
}
