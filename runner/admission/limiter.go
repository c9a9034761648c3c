package admission

import (
	"slices"
	"sync"
)

// A limiter bounds how many logins are in flight, as TCP bounds packets (RFC 5681): there
// is no limit until a host refuses a login. Then the limit is half of those in flight, and
// grows by one with each success while the limit is in use (RFC 7661).
//
// A burst that is too large is refused in many places, but carries one piece of news. So the
// limit is halved once for all logins that had begun by then (a round). Further refusals of
// that round lower it only as far as the logins that remain of the round; its successes
// leave it as it is.
//
// The host with the most refusals has the fewest attempts left, so it comes first. From its
// third attempt on, only half of the limit may be in use before it begins, and while it is
// in flight.
type limiter struct {
	mu       sync.Mutex
	limit    int // 0: none
	inFlight map[*Slot]struct{}
	fragile  int // logins in flight of hosts that have had many attempts
	begun    int // logins so far

	// The latest halving. Logins numbered below roundEnd belong to its round; of
	// these, pending are in flight and kept have succeeded since.
	roundEnd, pending, kept int

	queue []*waiter
}

func newLimiter() *limiter {
	return &limiter{inFlight: map[*Slot]struct{}{}}
}

// A waiter waits in the queue. Once admitted, its slot is set and c is closed.
type waiter struct {
	attempt int
	slot    *Slot
	c       chan struct{}
}

// A Slot is the place of one login in flight.
type Slot struct {
	limiter *limiter
	number  int
	fragile bool
	done    bool
	starts  chan struct{} // to be given back when its process has started
}

// An Outcome is how a login ended.
type Outcome uint8

// The outcomes of a login.
const (
	Succeeded Outcome = iota
	Refused           // before authentication: the host may accept it later
	Failed            // in any other way
)

// acquire waits until the login may begin, or returns nil if stop is closed first.
func (l *limiter) acquire(attempt int, stop <-chan struct{}) *Slot {
	l.mu.Lock()
	if len(l.queue) == 0 && l.free(attempt) {
		defer l.mu.Unlock()
		return l.begin(attempt)
	}
	w := &waiter{attempt: attempt, c: make(chan struct{})}
	at := slices.IndexFunc(l.queue, func(other *waiter) bool { return other.attempt < attempt })
	if at < 0 {
		at = len(l.queue)
	}
	l.queue = slices.Insert(l.queue, at, w)
	l.mu.Unlock()
	select {
	case <-w.c:
		return w.slot
	case <-stop:
		l.abandon(w)
		return nil
	}
}

// free reports whether there is room for attempt number attempt of a host.
func (l *limiter) free(attempt int) bool {
	limit := l.limit
	if l.fragile > 0 || attempt >= fragileAttempt {
		limit = (limit + 1) / 2
	}
	return l.limit == 0 || len(l.inFlight) < limit
}

// fragileAttempt is the attempt, from 0, from which on a host needs care.
const fragileAttempt = 2

func (l *limiter) begin(attempt int) *Slot {
	s := &Slot{limiter: l, number: l.begun, fragile: attempt >= fragileAttempt}
	l.begun++
	l.inFlight[s] = struct{}{}
	if s.fragile {
		l.fragile++
	}
	return s
}

// abandon removes w from the queue.
func (l *limiter) abandon(w *waiter) {
	l.mu.Lock()
	if i := slices.Index(l.queue, w); i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	}
	s := w.slot // admitted at this moment
	l.mu.Unlock()
	if s != nil {
		s.Done(Failed)
	}
}

// Started lets the next login start.
func (s *Slot) Started() {
	if s.starts != nil {
		<-s.starts
		s.starts = nil
	}
}

// Yield lets the next login start while f runs. Call it before Started.
func (s *Slot) Yield(f func()) {
	if s.starts != nil {
		<-s.starts
		defer func() { s.starts <- struct{}{} }()
	}
	f()
}

// Done ends the login. Only the first call counts. It returns how many logins may be in
// flight from now on; 0 means no limit.
func (s *Slot) Done(how Outcome) (limit int) {
	s.Started()
	l := s.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.done {
		return l.limit
	}
	s.done = true
	delete(l.inFlight, s)
	if s.fragile {
		l.fragile--
	}
	l.adjust(s.number < l.roundEnd, how)
	l.admit()
	return l.limit
}

// adjust draws the conclusion from the end of a login that has left inFlight. inRound: it
// began before the latest halving.
func (l *limiter) adjust(inRound bool, how Outcome) {
	if inRound {
		l.pending--
	}
	switch {
	case how == Succeeded && inRound:
		l.kept++
	case how == Succeeded && l.limit > 0 && len(l.inFlight)+1 >= l.limit:
		l.limit++
	case how == Refused && inRound:
		l.limit = max(1, min(l.limit, l.pending+l.kept))
	case how == Refused:
		half := max(1, (len(l.inFlight)+1)/2)
		if l.limit == 0 || half < l.limit {
			l.limit = half
		}
		l.roundEnd, l.pending, l.kept = l.begun, len(l.inFlight), 0
	}
}

// admit lets waiters in while there is room.
func (l *limiter) admit() {
	for len(l.queue) > 0 && l.free(l.queue[0].attempt) {
		w := l.queue[0]
		l.queue = slices.Delete(l.queue, 0, 1)
		w.slot = l.begin(w.attempt)
		close(w.c)
	}
}
