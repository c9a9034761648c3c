package admission

import (
	"sync"
	"time"
)

// A rate spaces logins evenly.
type rate struct {
	every time.Duration // 0: no limit

	mu   sync.Mutex
	next time.Time // the first start that is free
}

// newRate returns a rate of perSecond logins a second; 0 means no limit.
func newRate(perSecond int) *rate {
	if perSecond <= 0 {
		return &rate{}
	}
	return &rate{every: time.Second / time.Duration(perSecond)}
}

// wait waits for the next start, and reports whether stop is still open. A start that was
// abandoned is not given to another: nothing starts after a stop.
func (r *rate) wait(stop <-chan struct{}) bool {
	if r.every == 0 {
		return open(stop)
	}
	r.mu.Lock()
	now := time.Now()
	at := r.next
	if at.Before(now) {
		at = now
	}
	r.next = at.Add(r.every)
	r.mu.Unlock()
	return Sleep(at.Sub(now), stop)
}

// Sleep waits for d, and reports whether stop is still open then.
func Sleep(d time.Duration, stop <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return open(stop)
	case <-stop:
		return false
	}
}

func open(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return false
	default:
		return true
	}
}
