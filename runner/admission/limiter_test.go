package admission

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestLimiterRound: a burst that is refused halves the limit once.
func TestLimiterRound(t *testing.T) {
	r := newLimiter()
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
		r := newLimiter()
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
		c := New(0)
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
					h.Started()
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
