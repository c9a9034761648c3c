package runner

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// quietRamp returns a ramp that nobody watches for a crowd.
func quietRamp() *ramp {
	r := newRamp()
	r.crowd.looks = 1
	return r
}

// TestRampRound: what a burst of handshakes says is said once.
func TestRampRound(t *testing.T) {
	r := quietRamp()
	var flying []*handshake
	for range 64 {
		flying = append(flying, r.enter(0, nil))
	}
	// 40 of them are turned away: half, and no further.
	for i, h := range flying[:24] {
		if bound := h.land(refused); bound != 32 {
			t.Fatalf("refusal %d: bound %d", i, bound)
		}
	}
	// So many are left: 40, 39 … 24. The bound follows below 32.
	for i, h := range flying[24:40] {
		if bound, want := h.land(refused), min(32, 39-i); bound != want {
			t.Fatalf("refusal %d: bound %d, want %d", 24+i, bound, want)
		}
	}
	// Success of the same round says nothing new, and what is said twice neither.
	for _, h := range flying {
		if bound := h.land(succeeded); bound != 24 {
			t.Fatalf("after the round: bound %d", bound)
		}
	}
	// Of the next round one that succeeds adds one, where the bound is in use.
	if bound := r.enter(0, nil).land(succeeded); bound != 24 {
		t.Errorf("after a success of one alone: bound %d", bound)
	}
	flying = nil
	for range 24 {
		flying = append(flying, r.enter(0, nil))
	}
	for i := range flying[:18] {
		if bound := flying[i].land(succeeded); bound != 25 {
			t.Errorf("after a success: bound %d", bound)
		}
	}
	// And a refusal halves what runs, not the bound.
	flying = flying[18:]
	if bound := flying[0].land(refused); bound != 3 {
		t.Errorf("after a refusal among 6: bound %d", bound)
	}
	if bound := flying[1].land(failed); bound != 3 {
		t.Errorf("a failure of another kind: bound %d", bound)
	}
}

// TestRampQueue: those that were turned away most often come first, and who is
// stopped leaves its place.
func TestRampQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := quietRamp()
		first, second := r.enter(0, nil), r.enter(0, nil)
		first.land(refused) // one at a time
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for _, attempt := range []int{0, 1, 3, 1, 2} {
			wg.Go(func() {
				h := r.enter(attempt, nil)
				mu.Lock()
				order = append(order, attempt)
				mu.Unlock()
				h.land(failed)
			})
			synctest.Wait()
		}
		wg.Go(func() {
			if r.enter(9, stop) != nil {
				t.Error("entered after the stop")
			}
		})
		synctest.Wait()
		close(stop)
		synctest.Wait()
		second.land(failed)
		wg.Wait()
		for i, want := range []int{3, 2, 1, 1, 0} {
			if order[i] != want {
				t.Fatalf("order %v", order)
			}
		}
		if len(r.flying) != 0 || len(r.queue) != 0 {
			t.Errorf("%d run, %d wait", len(r.flying), len(r.queue))
		}
	})
}

// A door is an sshd with MaxStartups (sshd_config(5)): from begin on it turns
// away rate % of the connections, rising to all at full.
type door struct {
	begin, rate, full, in int
}

func (d *door) refuses() bool {
	if d.in < d.begin {
		return false
	}
	p := 100
	if d.in < d.full {
		p = d.rate + (100-d.rate)*(d.in-d.begin)/(d.full-d.begin)
	}
	return rand.IntN(100) < p
}

// TestRampAtADoor: 64 hosts behind one door that lets few in all get in with the
// attempts and the time that they have, with two to spare.
func TestRampAtADoor(t *testing.T) {
	for _, d := range []door{{10, 30, 100, 0}, {3, 50, 10, 0}, {3, 100, 3, 0}, {1, 100, 1, 0}} {
		most, total := 0, 0
		const runs = 100
		for range runs {
			for _, n := range throughDoor(t, d) {
				most, total = max(most, n), total+n
			}
		}
		t.Logf("MaxStartups %d:%d:%d: %.2f attempts a host, at most %d", d.begin, d.rate, d.full, float64(total)/runs/64, most)
		if most > 4 {
			t.Errorf("MaxStartups %d:%d:%d: a host needed %d attempts, more than 4", d.begin, d.rate, d.full, most)
		}
	}
}

// throughDoor returns how many attempts each of 64 hosts needed.
func throughDoor(t *testing.T, d door) (attempts [64]int) {
	synctest.Test(t, func(t *testing.T) {
		g := &ground{ramp: quietRamp(), turns: make(chan struct{}, spawners), pace: newPace(0)}
		var mu sync.Mutex
		var wg sync.WaitGroup
		knock := func() bool {
			mu.Lock()
			if d.refuses() {
				mu.Unlock()
				sleep(time.Duration(5+rand.IntN(20))*time.Millisecond, nil)
				return false
			}
			d.in++
			mu.Unlock()
			sleep(time.Duration(50+rand.IntN(400))*time.Millisecond, nil)
			mu.Lock()
			d.in--
			mu.Unlock()
			return true
		}
		for i := range attempts {
			wg.Go(func() {
				retry := &retry{most: 1000, within: 15 * time.Second}
				for {
					h := g.takeoff(retry.number, nil)
					<-g.turns
					began := time.Now()
					attempts[i]++
					if knock() {
						h.land(succeeded)
						return
					}
					h.land(refused)
					pause, again := retry.again(time.Since(began))
					if !again {
						t.Errorf("host %d has no time left after %d attempts", i, attempts[i])
						return
					}
					sleep(pause, nil)
				}
			})
		}
		wg.Wait()
	})
	return attempts
}

// TestCrowd: no handshake begins while many of them wait for a processor; those that wait for their hosts are not in the way.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRamp()
		const count = 200
		starved := 0 // as many of them as wait for a processor
		began := time.Now()
		var mu sync.Mutex
		r.crowd.waited = func(pid int) (time.Duration, bool) {
			mu.Lock()
			defer mu.Unlock()
			if pid <= starved {
				return time.Since(began), true
			}
			return 0, true
		}
		done := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() { r.watch(done) })
		var running []*handshake
		for pid := 1; pid <= count; pid++ {
			h := r.enter(0, nil)
			h.pid.Store(int32(pid))
			running = append(running, h)
		}
		mu.Lock()
		starved = count
		mu.Unlock()
		sleep(time.Second, nil)
		r.mu.Lock()
		full := r.crowd.full
		r.mu.Unlock()
		if !full {
			t.Fatal("no crowd")
		}
		entered := make(chan *handshake)
		wg.Go(func() { entered <- r.enter(0, nil) })
		synctest.Wait()
		select {
		case <-entered:
			t.Error("one more entered a crowd")
		default:
		}
		mu.Lock()
		starved = 0
		mu.Unlock()
		running = append(running, <-entered)
		for _, h := range running {
			h.land(succeeded)
		}
		close(done)
		wg.Wait()
	})
}

// TestCrowdEnds: with nobody on the way there is none.
func TestCrowdEnds(t *testing.T) {
	r := quietRamp()
	h := r.enter(0, nil)
	r.crowd.full = true
	h.land(succeeded)
	if r.enter(0, nil) == nil {
		t.Error("nobody enters")
	}
}

// TestCrowdRate: in a crowd so many run as became ready in the last second, before
// the first look four for each processor, and at least one in any case.
func TestCrowdRate(t *testing.T) {
	r := newRamp()
	r.crowd.processors = 3
	room := func(want int) {
		t.Helper()
		if want > 0 && r.crowd.excludes(want-1) || !r.crowd.excludes(want) {
			t.Errorf("not %d run", want)
		}
	}
	second := func(ready int) {
		for range 10 {
			for range ready / 10 {
				r.begin(0).land(succeeded)
				r.begin(0).land(failed)
			}
			r.crowd.saw(true)
		}
	}
	room(12)
	for range 2 {
		r.begin(0).land(succeeded)
	}
	r.crowd.saw(true)
	room(20)
	second(30)
	room(30)
	second(70)
	room(70)
	second(0)
	room(1)
}

// TestPace: starts are spaced evenly, also after a rest, and a stop ends the
// waiting.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(10)
		began := time.Now()
		for range 21 {
			p.wait(nil)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("21 starts at 10 a second took %s", took)
		}
		sleep(time.Minute, nil)
		began = time.Now()
		for range 3 {
			p.wait(nil)
		}
		if took := time.Since(began); took != 200*time.Millisecond {
			t.Errorf("3 starts after a rest took %s", took)
		}
		stop := make(chan struct{})
		close(stop)
		if p.wait(stop) || newPace(0).wait(stop) {
			t.Error("a start after the stop")
		}
	})
}
