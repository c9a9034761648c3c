package copying

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The rate is that of all hosts together.
func TestMeter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &Meter{Rate: 1000}
		begin := time.Now()
		var hosts sync.WaitGroup
		for rank := range 4 {
			hosts.Go(func() {
				for range 5 {
					m.to(rank).sent(500, nil)
				}
			})
		}
		hosts.Wait()
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("10,000 bytes at 1,000 a second took %s", took)
		}
		if done, _ := m.Moved(); done != 10_000 {
			t.Errorf("%d bytes were counted", done)
		}
	})
}

// What a host has got is counted for it, and for all.
func TestMeterOfHosts(t *testing.T) {
	t.Parallel()
	m := &Meter{}
	m.to(0).ask(100)
	m.to(1).ask(50)
	m.to(1).sent(20, nil)
	done, asked := m.MovedTo(1)
	allDone, allAsked := m.Moved()
	if done != 20 || asked != 50 || allDone != 20 || allAsked != 150 {
		t.Errorf("%d of %d, in all %d of %d", done, asked, allDone, allAsked)
	}
	if done, asked := m.MovedTo(2); done != 0 || asked != 0 {
		t.Errorf("nothing was sent: %d of %d", done, asked)
	}
}

// A host that is stopped does not wait; without a limit nobody does.
func TestMeterStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, stop := time.Now(), make(chan struct{})
		close(stop)
		(&Meter{Rate: 1}).to(0).sent(1<<40, stop)
		(&Meter{}).to(0).sent(1<<40, nil)
		if took := time.Since(begin); took != 0 {
			t.Errorf("it took %s", took)
		}
	})
}
