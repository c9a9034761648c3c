package admission

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// quietLimiter returns a limiter that samples nothing.
func quietLimiter() *limiter {
	r := newLimiter()
	r.saturation.samples = 1
	return r
}

// TestLimiterRound: a burst that is refused halves the limit once.
func TestLimiterRound(t *testing.T) {
	r := quietLimiter()
	var flying []*Slot
	for range 64 {
		flying = append(flying, r.acquire(0, nil))
	}
	// 40 of them are refused: half, and no further.
	for i, h := range flying[:24] {
		if bound := h.Done(Refused); bound != 32 {
			t.Fatalf("refusal %d: bound %d", i, bound)
		}
	}
	// So many are left: 40, 39 … 24. The bound follows below 32.
	for i, h := range flying[24:40] {
		if bound, want := h.Done(Refused), min(32, 39-i); bound != want {
			t.Fatalf("refusal %d: bound %d, want %d", 24+i, bound, want)
		}
	}
	// Success of the same round says nothing new, and what is said twice neither.
	for _, h := range flying {
		if bound := h.Done(Succeeded); bound != 24 {
			t.Fatalf("after the round: bound %d", bound)
		}
	}
	// Of the next round one that succeeds adds one, where the bound is in use.
	if bound := r.acquire(0, nil).Done(Succeeded); bound != 24 {
		t.Errorf("after a success of one alone: bound %d", bound)
	}
	flying = nil
	for range 24 {
		flying = append(flying, r.acquire(0, nil))
	}
	for i := range flying[:18] {
		if bound := flying[i].Done(Succeeded); bound != 25 {
			t.Errorf("after a success: bound %d", bound)
		}
	}
	// And a refusal halves what runs, not the bound.
	flying = flying[18:]
	if bound := flying[0].Done(Refused); bound != 3 {
		t.Errorf("after a refusal among 6: bound %d", bound)
	}
	if bound := flying[1].Done(Failed); bound != 3 {
		t.Errorf("a failure of another kind: bound %d", bound)
	}
}

// TestLimiterQueue: the host with the most refusals comes first, and one that is
// stopped leaves the queue.
func TestLimiterQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := quietLimiter()
		first, second := r.acquire(0, nil), r.acquire(0, nil)
		first.Done(Refused) // one at a time
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for _, attempt := range []int{0, 1, 3, 1, 2} {
			wg.Go(func() {
				h := r.acquire(attempt, nil)
				mu.Lock()
				order = append(order, attempt)
				mu.Unlock()
				h.Done(Failed)
			})
			synctest.Wait()
		}
		wg.Go(func() {
			if r.acquire(9, stop) != nil {
				t.Error("acquired after the stop")
			}
		})
		synctest.Wait()
		close(stop)
		synctest.Wait()
		second.Done(Failed)
		wg.Wait()
		for i, want := range []int{3, 2, 1, 1, 0} {
			if order[i] != want {
				t.Fatalf("order %v", order)
			}
		}
		if len(r.inFlight) != 0 || len(r.queue) != 0 {
			t.Errorf("%d run, %d wait", len(r.inFlight), len(r.queue))
		}
	})
}

// A door is an sshd with MaxStartups (sshd_config(5)): from begin on it refuses
// rate % of the connections, rising to all at full.
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

// TestLimiterAtADoor: 64 hosts behind one door that lets few in all get in with the
// attempts and the time that they have, with two to spare.
func TestLimiterAtADoor(t *testing.T) {
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
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := New(0, 0)
		c.limiter = quietLimiter()
		var mu sync.Mutex
		var wg sync.WaitGroup
		knock := func() bool {
			mu.Lock()
			if d.refuses() {
				mu.Unlock()
				Sleep(time.Duration(5+rand.IntN(20))*time.Millisecond, nil)
				return false
			}
			d.in++
			mu.Unlock()
			Sleep(time.Duration(50+rand.IntN(400))*time.Millisecond, nil)
			mu.Lock()
			d.in--
			mu.Unlock()
			return true
		}
		for i := range attempts {
			wg.Go(func() {
				retry := NewRetry(1000, 15*time.Second)
				for {
					h := c.Acquire(retry.Attempt(), nil)
					h.Started(0)
					began := time.Now()
					attempts[i]++
					if knock() {
						h.Done(Succeeded)
						return
					}
					h.Done(Refused)
					pause, again := retry.Next(time.Since(began))
					if !again {
						t.Errorf("host %d has no time left after %d attempts", i, attempts[i])
						return
					}
					Sleep(pause, nil)
				}
			})
		}
		wg.Wait()
	})
	return attempts
}

// TestSaturation: no login begins while many wait for a processor; those that wait
// for their hosts do not count.
func TestSaturation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newLimiter()
		const count = 200
		starved := 0 // as many of them as wait for a processor
		began := time.Now()
		var mu sync.Mutex
		r.saturation.waited = func(pid int) (time.Duration, bool) {
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
		var running []*Slot
		for pid := 1; pid <= count; pid++ {
			h := r.acquire(0, nil)
			h.pid.Store(int32(pid))
			running = append(running, h)
		}
		mu.Lock()
		starved = count
		mu.Unlock()
		Sleep(time.Second, nil)
		r.mu.Lock()
		full := r.saturation.saturated
		r.mu.Unlock()
		if !full {
			t.Fatal("not saturated")
		}
		entered := make(chan *Slot)
		wg.Go(func() { entered <- r.acquire(0, nil) })
		synctest.Wait()
		select {
		case <-entered:
			t.Error("one more began while saturated")
		default:
		}
		mu.Lock()
		starved = 0
		mu.Unlock()
		running = append(running, <-entered)
		for _, h := range running {
			h.Done(Succeeded)
		}
		close(done)
		wg.Wait()
	})
}

// TestSaturationEnds: with no login in flight one may begin.
func TestSaturationEnds(t *testing.T) {
	r := quietLimiter()
	h := r.acquire(0, nil)
	r.saturation.saturated = true
	h.Done(Succeeded)
	if r.acquire(0, nil) == nil {
		t.Error("no login begins")
	}
}

// TestSaturationThroughput: while saturated, as many are in flight as succeeded in the
// last second; before the first sample four for each processor; always at least one.
func TestSaturationThroughput(t *testing.T) {
	r := newLimiter()
	r.saturation.processors = 3
	room := func(want int) {
		t.Helper()
		if want > 0 && r.saturation.blocks(want-1) || !r.saturation.blocks(want) {
			t.Errorf("not %d run", want)
		}
	}
	second := func(ready int) {
		for range 10 {
			for range ready / 10 {
				r.begin(0).Done(Succeeded)
				r.begin(0).Done(Failed)
			}
			r.saturation.record(true)
		}
	}
	room(12)
	for range 2 {
		r.begin(0).Done(Succeeded)
	}
	r.saturation.record(true)
	room(20)
	second(30)
	room(30)
	second(70)
	room(70)
	second(0)
	room(1)
}

// TestRate: starts are spaced evenly, also after a rest, and a stop ends the
// waiting.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newRate(10)
		began := time.Now()
		for range 21 {
			p.wait(nil)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("21 starts at 10 a second took %s", took)
		}
		Sleep(time.Minute, nil)
		began = time.Now()
		for range 3 {
			p.wait(nil)
		}
		if took := time.Since(began); took != 200*time.Millisecond {
			t.Errorf("3 starts after a rest took %s", took)
		}
		stop := make(chan struct{})
		close(stop)
		if p.wait(stop) || newRate(0).wait(stop) {
			t.Error("a start after the stop")
		}
	})
}

func TestRetryPauseGrows(t *testing.T) {
	for attempt := range 10 {
		base := min(250*time.Millisecond<<attempt, maxPause)
		if d := retryPause(attempt); d < base/2 || d > base*3/2 {
			t.Errorf("pause %d: %s", attempt, d)
		}
	}
}
