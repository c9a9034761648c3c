package runner

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A ramp bounds how many handshakes run at a time, as TCP does for packets
// (RFC 5681): without a bound until a host is turned away; then half of those
// that run, and one more for each that succeeds while so many do run (RFC 7661).
//
// A burst that is too large is turned away in many places, but tells one thing:
// the bound is halved once for the handshakes that had begun by then (a round),
// and by the others of that round only falls as far as hosts of it are left.
// Their successes leave it as it is.
//
// The host that was turned away most often has the fewest attempts left: it is
// let in first, and from its third attempt on only half of the bound may be in
// use before it is let in, and until its handshake is over.
type ramp struct {
	mu     sync.Mutex
	bound  int // 0: none
	flying map[*handshake]struct{}
	last   int // of these, those of hosts that have had many attempts
	begun  int // handshakes so far

	// The last halving: handshakes with a lower number than cut are of its
	// round. Of these, old still run, and kept have succeeded since.
	cut, old, kept int

	queue []*waiter
	crowd crowd
}

func newRamp() *ramp {
	return &ramp{flying: map[*handshake]struct{}{}, crowd: newCrowd()}
}

// A waiter waits for the ramp; let in, its handshake is set and c closed.
type waiter struct {
	attempt   int
	handshake *handshake
	c         chan struct{}
}

// A handshake runs from the start of an ssh to its ready line, or its end.
type handshake struct {
	ramp   *ramp
	number int
	last   bool
	over   bool

	pid atomic.Int32 // of ssh, once there is one

	// The crowd's: when it looked last, and how long ssh had waited by then.
	looked time.Time
	waited time.Duration
}

// A landing is how a handshake ended.
type landing uint8

const (
	succeeded landing = iota
	refused           // turned away before authentication
	failed            // in any other way
)

// enter waits until a handshake may run: the attempt of that number, from 0, of
// its host. It returns nil when stop is closed. The caller must call land.
func (r *ramp) enter(attempt int, stop <-chan struct{}) *handshake {
	r.mu.Lock()
	if len(r.queue) == 0 && r.free(attempt) {
		defer r.mu.Unlock()
		return r.begin(attempt)
	}
	w := &waiter{attempt: attempt, c: make(chan struct{})}
	at := slices.IndexFunc(r.queue, func(other *waiter) bool { return other.attempt < attempt })
	if at < 0 {
		at = len(r.queue)
	}
	r.queue = slices.Insert(r.queue, at, w)
	r.mu.Unlock()
	select {
	case <-w.c:
		return w.handshake
	case <-stop:
		r.leave(w)
		return nil
	}
}

// free tells whether there is room for an attempt of that number.
func (r *ramp) free(attempt int) bool {
	if r.crowd.excludes(len(r.flying)) {
		return false
	}
	bound := r.bound
	if r.last > 0 || attempt >= lastAttempts {
		bound = (bound + 1) / 2
	}
	return r.bound == 0 || len(r.flying) < bound
}

// lastAttempts is the number of the attempt from which on a host needs care.
const lastAttempts = 2

func (r *ramp) begin(attempt int) *handshake {
	h := &handshake{ramp: r, number: r.begun, last: attempt >= lastAttempts, looked: time.Now()}
	r.begun++
	r.flying[h] = struct{}{}
	if h.last {
		r.last++
	}
	r.crowd.wake()
	return h
}

// leave takes w, which waits no more, out of the queue.
func (r *ramp) leave(w *waiter) {
	r.mu.Lock()
	if i := slices.Index(r.queue, w); i >= 0 {
		r.queue = slices.Delete(r.queue, i, i+1)
	}
	h := w.handshake // let in at this moment
	r.mu.Unlock()
	if h != nil {
		h.land(failed)
	}
}

// land says how the handshake ended, once; what is said later does not count. It
// returns how many may run at a time from now on, 0 where there is no bound.
func (h *handshake) land(how landing) (bound int) {
	r := h.ramp
	r.mu.Lock()
	defer r.mu.Unlock()
	if h.over {
		return r.bound
	}
	h.over = true
	delete(r.flying, h)
	if h.last {
		r.last--
	}
	if how == succeeded {
		r.crowd.fresh++
	}
	round := h.number < r.cut
	if round {
		r.old--
	}
	switch {
	case how == succeeded && round:
		r.kept++
	case how == succeeded && r.bound > 0 && len(r.flying)+1 >= r.bound:
		r.bound++
	case how == refused && round:
		r.bound = max(1, min(r.bound, r.old+r.kept))
	case how == refused:
		half := max(1, (len(r.flying)+1)/2)
		if r.bound == 0 || half < r.bound {
			r.bound = half
		}
		r.cut, r.old, r.kept = r.begun, len(r.flying), 0
	}
	r.admit()
	return r.bound
}

// admit lets in whom there is room for.
func (r *ramp) admit() {
	for len(r.queue) > 0 && r.free(r.queue[0].attempt) {
		w := r.queue[0]
		r.queue = slices.Delete(r.queue, 0, 1)
		w.handshake = r.begin(w.attempt)
		close(w.c)
	}
}
