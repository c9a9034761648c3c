package runner

import (
	"sync"
	"time"
)

// A pulse knows for how long this process did not run although it should have:
// stopped by ^Z, or starved. Suspension of the machine does not count in Go's
// monotonic clock.
type pulse struct {
	mu   sync.Mutex
	last time.Time
	late time.Duration
}

const (
	pulseEvery = 250 * time.Millisecond
	// pulseSlack is what an ordinary scheduler may add.
	pulseSlack = 250 * time.Millisecond
)

func newPulse() *pulse { return &pulse{last: time.Now()} }

func (p *pulse) run(done <-chan struct{}) {
	t := time.NewTicker(pulseEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			p.lateness()
		case <-done:
			return
		}
	}
}

// lateness returns the time lost since the pulse was made, up to now.
func (p *pulse) lateness() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if gap := now.Sub(p.last) - pulseEvery; gap > pulseSlack {
		p.late += gap
	}
	p.last = now
	return p.late
}
