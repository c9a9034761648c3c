package runner

import (
	"sync"
	"time"
)

// A pace spaces the starts of ssh evenly (--spawn-rate).
type pace struct {
	every time.Duration // 0: no limit

	mu   sync.Mutex
	next time.Time // the first start that is not taken yet
}

// newPace returns the pace of rate starts a second; 0 is no limit.
func newPace(rate int) *pace {
	if rate <= 0 {
		return &pace{}
	}
	return &pace{every: time.Second / time.Duration(rate)}
}

// wait waits for the next start, and reports whether stop is still open. A start
// that was waited for in vain is lost: nothing further starts then.
func (p *pace) wait(stop <-chan struct{}) bool {
	if p.every == 0 {
		return !closed(stop)
	}
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.every)
	p.mu.Unlock()
	return sleep(at.Sub(now), stop)
}
