package relay

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clsh/runner/event"
)

// After quiet the first and those that are saved go on at once; those that come within the beat go on
// together at its end.
func TestBeat(t *testing.T) {
	t.Parallel()
	for saved := range 3 {
		synctest.Test(t, func(t *testing.T) {
			b, began := beat{every: 50 * time.Millisecond, saved: saved}, time.Now()
			wait := func(early, over <-chan struct{}, want time.Duration) {
				t.Helper()
				if b.wait(early, over); time.Since(began) != want*time.Millisecond {
					t.Errorf("%d are saved: went on after %s, want %d ms", saved, time.Since(began), want)
				}
			}
			for range 1 + saved {
				wait(nil, nil, 0)
			}
			var wg sync.WaitGroup
			for range 3 {
				<-time.After(10 * time.Millisecond)
				wg.Go(func() { wait(nil, nil, 50) })
			}
			wg.Wait()
			wait(nil, nil, 100)
			<-time.After(time.Second)
			for range 1 + saved {
				wait(nil, nil, 1100)
			}
			now := make(chan struct{})
			close(now)
			wait(now, nil, 1100)
			wait(nil, now, 1100)
			wait(nil, nil, 1150)
		})
	}
}

// A relay on which few hosts wait reports at once which have ended; before, it gathers.
func TestPartHurries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ most, few int }{{2, 0}, {5, 0}, {80, 8}} {
		synctest.Test(t, func(t *testing.T) {
			box, g := newOutbox(time.Hour, 0, 1000), newGate()
			p := newPart(&Job{Count: 100, Most: c.most}, box)
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := box.write(g); err != nil {
					t.Error(err)
				}
			})
			for rank := range c.few + 2 {
				if err := p.grant(rank, fmt.Sprint("n", rank)); err != nil {
					t.Error(err)
				}
			}
			run := func(rank int) {
				p.next(nil)
				if err := p.Event(event.Event{Kind: event.Ended, Host: rank, Result: &event.Result{Outcome: event.NotStarted}}); err != nil {
					t.Error(err)
				}
			}
			began := time.Now()
			run(0)
			<-g.writes
			g.err <- nil
			run(1)
			synctest.Wait()
			select {
			case text := <-g.writes:
				t.Errorf("%q was not gathered", text)
			default:
			}
			wg.Go(func() { p.next(nil) })
			<-g.writes
			if took := time.Since(began); took != 0 {
				t.Errorf("with at most %d hosts, the relay gathered for %s while %d waited", c.most, took, c.few)
			}
			g.err <- nil
			p.closeGrants()
			box.close()
			wg.Wait()
		})
	}
}
