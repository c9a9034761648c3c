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
// Many handshakes that wait for their hosts are no crowd. Before the first look
// only two for each processor begin.
type crowd struct {
	full   bool // guarded by the ramp's mu, as is looked
	looked bool // since the run began
	begun  chan struct{}
	// waited is for how long a process was ready to run and did not.
	waited func(pid int) (time.Duration, bool)
}

func newCrowd() crowd { return crowd{begun: make(chan struct{}, 1), waited: waited} }

// excludes tells whether no handshake may begin beside so many.
func (c *crowd) excludes(running int) bool {
	return running > 0 && c.full || !c.looked && running >= 2*runtime.GOMAXPROCS(0)
}

// wake tells that a handshake has begun.
func (c *crowd) wake() {
	select {
	case c.begun <- struct{}{}:
	default:
	}
}

// crowdEvery is how often it looks, while handshakes run; one processor for
// crowdShare is waited for in a crowd.
const (
	crowdEvery = 25 * time.Millisecond
	crowdShare = 4
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
	for before := time.Now(); ; {
		select {
		case <-done:
			return false
		case <-t.C:
		}
		now := time.Now()
		if !r.look(now.Sub(before)) {
			return true
		}
		before = now
	}
}

// look says whether there was a crowd in the time that has passed since it last
// did, and reports whether handshakes run.
func (r *ramp) look(passed time.Duration) bool {
	r.mu.Lock()
	running := make([]*handshake, 0, len(r.flying))
	for h := range r.flying {
		running = append(running, h)
	}
	r.mu.Unlock()
	var all time.Duration
	for _, h := range running {
		if d, ok := r.crowd.waited(int(h.pid.Load())); ok {
			all += max(d-h.waited, 0)
			h.waited = d
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.crowd.looked, r.crowd.full = true, crowdShare*all > passed*time.Duration(runtime.GOMAXPROCS(0))
	r.admit()
	return len(r.flying) > 0
}
