package conn

import (
	"testing"
	"testing/synctest"
	"time"

	"clsh/runner/stall"
)

// A host is given up within the limit after its last sign of life, and not before most of it is
// over; a reader that passes on what came is one.
func TestPulse(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit time.Duration
		data  bool
		sign  func(p *pulse, second int) // called each second
		from  time.Duration              // when it is given up, within a sixth of the limit; 0: never
	}{
		{"silent", 6 * time.Second, false, func(*pulse, int) {}, 5 * time.Second},
		{"silent, with data", 2 * time.Second, true, func(*pulse, int) {}, slowestBeat * 5 / 6},
		{"each second", 6 * time.Second, false, func(p *pulse, _ int) { p.begins(); p.ends(1) }, 0},
		{"nothing was read", 6 * time.Second, false, func(p *pulse, _ int) { p.begins(); p.ends(-1) }, 5 * time.Second},
		{"for ten seconds", 6 * time.Second, false, func(p *pulse, second int) {
			if second <= 10 {
				p.begins()
				p.ends(1)
			}
		}, 15 * time.Second},
		{"a slow sink", 6 * time.Second, false, func(p *pulse, second int) {
			if second == 1 {
				p.begins()
			}
		}, 0},
		{"never", 0, false, func(*pulse, int) {}, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPulse(stall.NewMonitor(), c.limit, c.data)
			defer p.timer.Stop()
			began := time.Now()
			p.next()
			second := time.NewTicker(time.Second)
			defer second.Stop()
			var lost time.Duration
			for n := 1; n < 60 && lost == 0; {
				select {
				case <-second.C:
					c.sign(p, n)
					n++
				case <-p.timer.C:
					if p.look(); p.silent >= silentLooks {
						lost = time.Since(began)
					}
					p.next()
				}
			}
			if (c.from == 0) != (lost == 0) || lost > 0 && (lost < c.from-time.Millisecond || lost > c.from+p.limit/6+time.Second) {
				t.Errorf("%s: given up after %s, want %s", c.name, lost, c.from)
			}
		})
	}
}
