package stall

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestMonitor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMonitor()
		if lost := m.total(); lost != 0 {
			t.Errorf("lost %s at once", lost)
		}
		m.last = m.last.Add(-20 * time.Second) // as after ^Z
		if lost, want := m.total(), 20*time.Second-every; lost != want {
			t.Errorf("lost %s, want %s", lost, want)
		}
	})
}

// TestTimerCredit: a timer that expires while the process is stopped gets the
// lost time back, but never more than it was set to.
func TestTimerCredit(t *testing.T) {
	for _, test := range []struct {
		stopped, want time.Duration // want: after the first expiry; 0: it counts
	}{
		{0, 0},
		{slack, 0},
		{3*time.Second + every, 3100 * time.Millisecond},
		{time.Minute, 5100 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := NewMonitor()
			timer := NewTimer(m)
			defer timer.Stop()
			timer.Reset(5100 * time.Millisecond) // between two ticks
			done := make(chan struct{})
			go m.Run(done)
			defer close(done)
			<-timer.C
			m.mu.Lock()
			m.last = m.last.Add(-test.stopped)
			m.mu.Unlock()
			began := time.Now()
			if got := timer.Credit(); got != (test.want > 0) {
				t.Fatalf("stopped for %s: Credit() = %v", test.stopped, got)
			}
			if test.want == 0 {
				return
			}
			<-timer.C
			if got := time.Since(began); got != test.want {
				t.Errorf("stopped for %s: credited %s, want %s", test.stopped, got, test.want)
			}
		})
	}
}
