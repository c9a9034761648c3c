package combine

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestFailover has a word for each second: the primary and the secondary, g good, f failed, b bad but
// not failed, u unknown; and the moves.
func TestFailover(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, sides, want string
		rules             SwitchRules
	}{
		{"there and back", "gg bg fg fg gg gg gg gg", "2>secondary 6>primary", SwitchRules{Rise: 2, Hold: 2 * time.Second}},
		{"bad is not failed", "gg bg bg gg", "", SwitchRules{}},
		{"both failed change nothing", "gg gf ff ff gf", "", SwitchRules{}},
		{"the secondary is good again", "ff ff fg fg", "2>secondary", SwitchRules{}},
		{"an unknown secondary is not good", "fu fu fg", "2>secondary", SwitchRules{}},
		{"both fail on the secondary's side", "fg ff gf gf gg", "0>secondary 2>primary", SwitchRules{}},
		{"good must last", "fg gg fg gg gg gg gg", "0>secondary 5>primary", SwitchRules{Hold: 2 * time.Second}},
		{"rise counts checks", "fg gg gg gg", "0>secondary 3>primary", SwitchRules{Rise: 3}},
		{"an unknown primary starts again", "fg gg ug gg gg gg gg", "0>secondary 5>primary", SwitchRules{Hold: 2 * time.Second}},
		{"one change each hold", "fg gg gg fg fg fg gg gg gg", "0>secondary", SwitchRules{Hold: 4 * time.Second}},
		{"hold also before a second failover", "fg gg gg gg fg fg fg", "0>secondary 3>primary 5>secondary", SwitchRules{Hold: 2 * time.Second}},
	} {
		var s Switch
		p, q := Health{}, Health{}
		var moves []string
		for i, word := range strings.Fields(tt.sides) {
			p, q = p.next(word[0]), q.next(word[1])
			now := time.Duration(i) * time.Second
			var to Side
			if s, to = s.Failover(tt.rules, p, q, now); to != s.Side {
				s = s.Moved(to, now)
				moves = append(moves, fmt.Sprintf("%d>%s", i, to))
			}
		}
		if got := strings.Join(moves, " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// next is the health after another check.
func (h Health) next(result byte) Health {
	switch result {
	case 'g':
		return Health{Good: h.Good + 1}
	case 'f':
		return Health{Failed: true}
	}
	return Health{}
}

// FuzzFailover looks for moves that do not alternate, that come twice within hold, that go to a side
// that is not good, or that leave a side that has not failed but for the way back; and, wherever it
// stands, for a switch that does not settle where it must when nothing changes any more.
func FuzzFailover(f *testing.F) {
	f.Add(byte(2), byte(3), []byte("gg fg fg gg gg gg gg fg fg"))
	f.Add(byte(0), byte(0), []byte("fg gg fg ff gf gg"))
	f.Fuzz(func(t *testing.T, rise, hold byte, sides []byte) {
		r := SwitchRules{Rise: int(rise % 5), Hold: time.Duration(hold%8) * time.Second}
		var s Switch
		p, q := Health{}, Health{}
		var last time.Duration
		side, moved, good := Primary, false, 0
		for i := 0; i+1 < len(sides); i += 2 {
			now := time.Duration(i) * time.Second / 2
			p, q = p.next("gfbu"[sides[i]%4]), q.next("gfbu"[sides[i+1]%4])
			if good++; p.Good == 0 {
				good = 0
			}
			var to Side
			before := s
			s, to = s.Failover(r, p, q, now)
			if s.Side != side || s.Changed != before.Changed {
				t.Fatal("Failover itself moved the traffic")
			}
			if to == side {
				continue
			}
			switch {
			case moved && now-last < r.Hold:
				t.Fatalf("two changes in %v", now-last)
			case to == Secondary && (!p.Failed || q.Good == 0):
				t.Fatalf("failover with %+v and %+v", p, q)
			case to == Primary && (p.Good == 0 || p.Good < r.Rise || time.Duration(good-1)*time.Second < r.Hold):
				t.Fatalf("failback with %+v, good for %d s", p, good-1)
			}
			if sides[i]%7 == 0 {
				continue // the hook has failed: nothing was moved
			}
			side, moved, last = to, true, now
			s = s.Moved(to, now)
		}
		now := time.Duration(len(sides)) * time.Second
		for _, end := range []struct {
			p, q byte
			want Side
		}{{'g', 'f', Primary}, {'g', 'g', Primary}, {'f', 'g', Secondary}, {'f', 'f', side}, {'u', 'u', side}} {
			if got := s.settle(r, p, q, end.p, end.q, now); got != end.want {
				t.Fatalf("for ever %c and %c from %v: it settles at %s", end.p, end.q, s, got)
			}
		}
	})
}

// settle returns where the traffic is when both checks end the same way for long enough.
func (s Switch) settle(r SwitchRules, p, q Health, pEnds, qEnds byte, now time.Duration) Side {
	for range 2*int(r.Hold/time.Second) + r.Rise + 3 {
		p, q, now = p.next(pEnds), q.next(qEnds), now+time.Second
		var to Side
		if s, to = s.Failover(r, p, q, now); to != s.Side {
			s = s.Moved(to, now)
		}
	}
	return s.Side
}

// If nothing changes, nothing is to be done before Next.
func TestNext(t *testing.T) {
	t.Parallel()
	r := SwitchRules{Rise: 1, Hold: 10 * time.Second}
	s, to := Switch{}.Failover(r, Health{Failed: true}, Health{Good: 1}, 0)
	if to != Secondary || s.Next(r, 0) != 0 {
		t.Fatalf("%v, %v", to, s.Next(r, 0))
	}
	s = s.Moved(to, 0)
	s, _ = s.Failover(r, Health{Good: 1}, Health{Good: 1}, 4*time.Second)
	if d := s.Next(r, 4*time.Second); d != 10*time.Second {
		t.Errorf("%v", d)
	}
	if _, to = s.Failover(r, Health{Good: 2}, Health{Good: 1}, 14*time.Second); to != Primary {
		t.Errorf("%v", to)
	}
}
