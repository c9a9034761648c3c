package admission

import (
	"runtime"
	"time"
)

// A saturation knows whether the logins in flight have more to do than this machine can:
// whether, on average, as many of their processes wait for a processor as a quarter of the
// processors. One more login would then make none ready sooner and all of them later, until
// ssh's ConnectTimeout takes a host for dead that waits for us. (64 logins at once through a
// jump host, all on two busy processors: 6 to 9 of them in time without this, 63 or 64 with
// it, and no later.)
//
// While saturated, as many are in flight as succeeded in the second before: each takes about
// a second then (Little's law, L = λW), and the processors find a next one when one is done.
// (scripts/bench, 64 logins on two processors: 1.07 times the time of xargs; where none
// began before the saturation was over, 1.10.)
//
// Many logins that wait for their hosts do not saturate. Before the first sample only four
// for each processor begin.
type saturation struct {
	// Guarded by the limiter's mu:
	saturated bool
	samples   int // since the run began
	succeeded int // since the latest sample
	// How many succeeded before each sample of the last second, a ring.
	history [time.Second / sampleEvery]int

	begun chan struct{}
	// processors is how many there are for the logins, whatever this process uses.
	processors int
	// waited returns for how long a process was ready to run and did not.
	waited func(pid int) (time.Duration, bool)
}

func newSaturation() saturation {
	return saturation{begun: make(chan struct{}, 1), waited: waited, processors: runtime.GOMAXPROCS(0)}
}

// blocks reports whether no login may begin beside so many in flight.
func (s *saturation) blocks(inFlight int) bool {
	switch {
	case s.samples == 0:
		return inFlight >= 4*s.processors
	case s.saturated:
		return inFlight >= max(1, s.throughput())
	default:
		return false
	}
}

// throughput returns how many logins succeed in a second, by the last one.
func (s *saturation) throughput() int {
	sum := 0
	for _, n := range s.history {
		sum += n
	}
	return sum * len(s.history) / min(s.samples, len(s.history))
}

// record stores what a sample found.
func (s *saturation) record(saturated bool) {
	s.saturated = saturated
	s.history[s.samples%len(s.history)] = s.succeeded
	s.succeeded = 0
	s.samples++
}

// wake says that a login has begun.
func (s *saturation) wake() {
	select {
	case s.begun <- struct{}{}:
	default:
	}
}

const (
	sampleEvery = 100 * time.Millisecond // while logins are in flight
	sampleSize  = 4                      // logins
	// waitShare: one processor's worth of waiting for so many processors saturates.
	waitShare = 4
)

// watch samples until done is closed.
func (l *limiter) watch(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-l.saturation.begun:
		}
		if !l.watchInFlight(done) {
			return
		}
	}
}

// watchInFlight samples while logins are in flight; it returns false at done.
func (l *limiter) watchInFlight(done <-chan struct{}) bool {
	t := time.NewTicker(sampleEvery)
	defer t.Stop()
	for {
		select {
		case <-done:
			return false
		case <-t.C:
		}
		if !l.sample(time.Now()) {
			return true
		}
	}
}

// sample decides whether the machine is saturated, by some logins for all of them, and
// reports whether any are in flight.
func (l *limiter) sample(now time.Time) bool {
	l.mu.Lock()
	started := 0
	some := make([]*Slot, 0, sampleSize)
	for s := range l.inFlight { // in random order
		if s.pid.Load() == 0 {
			continue
		}
		started++
		if len(some) < sampleSize {
			some = append(some, s)
		}
	}
	l.mu.Unlock()
	waiting := 0.0 // of some, at a time
	for _, s := range some {
		if d, ok := l.saturation.waited(int(s.pid.Load())); ok {
			waiting += float64(max(d-s.waited, 0)) / float64(now.Sub(s.sampled))
			s.waited, s.sampled = d, now
		}
	}
	saturated := waitShare*waiting*float64(started) > float64(len(some)*l.saturation.processors)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.saturation.record(saturated)
	l.admit()
	return len(l.inFlight) > 0
}
