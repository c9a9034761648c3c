package runner

import (
	"runtime"
	"time"
)

// A crowd knows whether the handshakes that run have more to do than this
// machine can: whether, on the average, as many of their ssh wait for a processor
// as a quarter of the processors are. Then one more makes none ready sooner, and all
// of them late, until ssh's ConnectTimeout takes a host for dead that waits for
// us. (64 logins at once through a jump host, all on two busy processors: 6 to 9
// of them in time without this, 63 or 64 with it, and no later.)
//
// In a crowd so many run as became ready in the second before: each then takes
// about a second (Little's law, L = λW), and the processors have a next one when one
// is ready. (scripts/bench: 64 logins on two processors take 1.07 times what they take
// with xargs; where none began before the crowd was over, 1.10.)
//
// Many handshakes that wait for their hosts are no crowd. Before the first look
// only four for each processor begin.
type crowd struct {
	// Guarded by the ramp's mu:
	full  bool
	looks int // since the run began
	fresh int // that became ready since the last look
	// That became ready before each look of the last second, a ring.
	ready [time.Second / crowdEvery]int

	begun chan struct{}
	// processors is how many there are for all, whatever this process uses.
	processors int
	// waited is for how long a process was ready to run and did not.
	waited func(pid int) (time.Duration, bool)
}

func newCrowd() crowd {
	return crowd{begun: make(chan struct{}, 1), waited: waited, processors: runtime.GOMAXPROCS(0)}
}

// excludes tells whether no handshake may begin beside so many.
func (c *crowd) excludes(running int) bool {
	switch {
	case c.looks == 0:
		return running >= 4*c.processors
	case c.full:
		return running >= max(1, c.rate())
	default:
		return false
	}
}

// rate is how many become ready in a second, by the last one.
func (c *crowd) rate() int {
	sum := 0
	for _, n := range c.ready {
		sum += n
	}
	return sum * len(c.ready) / min(c.looks, len(c.ready))
}

// saw notes what a look has found.
func (c *crowd) saw(full bool) {
	c.full = full
	c.ready[c.looks%len(c.ready)] = c.fresh
	c.fresh = 0
	c.looks++
}

// wake tells that a handshake has begun.
func (c *crowd) wake() {
	select {
	case c.begun <- struct{}{}:
	default:
	}
}

// crowdEvery is how often it looks, while handshakes run, and crowdSample at how
// many of them; one processor for crowdShare is waited for in a crowd.
const (
	crowdEvery  = 100 * time.Millisecond
	crowdSample = 4
	crowdShare  = 4
)

// watch looks whether there is a crowd, until done.
func (r *ramp) watch(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-r.crowd.begun:
		}
		if !r.watchRunning(done) {
			return
		}
	}
}

// watchRunning looks as long as handshakes run; it returns false at done.
func (r *ramp) watchRunning(done <-chan struct{}) bool {
	t := time.NewTicker(crowdEvery)
	defer t.Stop()
	for {
		select {
		case <-done:
			return false
		case <-t.C:
		}
		if !r.look(time.Now()) {
			return true
		}
	}
}

// look says whether there is a crowd, by some handshakes for all of them, and
// reports whether handshakes run.
func (r *ramp) look(now time.Time) bool {
	r.mu.Lock()
	started := 0
	sample := make([]*handshake, 0, crowdSample)
	for h := range r.flying { // in an order of no meaning
		if h.pid.Load() == 0 {
			continue
		}
		started++
		if len(sample) < crowdSample {
			sample = append(sample, h)
		}
	}
	r.mu.Unlock()
	waiting := 0.0 // of the sample, at a time
	for _, h := range sample {
		if d, ok := r.crowd.waited(int(h.pid.Load())); ok {
			waiting += float64(max(d-h.waited, 0)) / float64(now.Sub(h.looked))
			h.waited, h.looked = d, now
		}
	}
	full := crowdShare*waiting*float64(started) > float64(len(sample)*r.crowd.processors)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.crowd.saw(full)
	r.admit()
	return len(r.flying) > 0
}
