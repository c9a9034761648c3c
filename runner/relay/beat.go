package relay

import (
	"sync"
	"time"
)

// A beat lets those that wait for it go on together, so often, so that many lines cost few wake-ups.
// After quiet, which it saves up, some go on at once: what comes slowly is not delayed.
type beat struct {
	every time.Duration
	saved int // how many may go on at once after quiet, beside the first

	mu   sync.Mutex
	last time.Time // when the last ones went on, or will, without what is saved up
}

// wait waits for the beat. Whatever early and over deliver ends the wait.
func (b *beat) wait(early, over <-chan struct{}) {
	b.mu.Lock()
	now := time.Now()
	if !b.last.After(now) { // nobody waits
		b.last = b.last.Add(b.every)
		if quiet := now.Add(-time.Duration(b.saved) * b.every); b.last.Before(quiet) {
			b.last = quiet
		}
	}
	left := b.last.Sub(now)
	b.mu.Unlock()
	if left <= 0 {
		return
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-early:
	case <-over:
	}
}
