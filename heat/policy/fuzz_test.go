package policy

import (
	"testing"
	"time"
)

// FuzzObserve feeds rules and results of every kind, and looks for a recovery
// that the check before it does not justify, for more recoveries in a window
// than the rules allow, and for counts that differ from the plain count of bad
// checks.
func FuzzObserve(f *testing.F) {
	f.Add([]byte{2, 0, 1, 0, 0}, []byte{1, 1, 0, 1, 1, 1, 0})
	f.Add([]byte{1, 5, 2, 3, 2}, []byte{1, 1, 2, 3, 4, 5, 9, 1, 1, 1, 0, 0})
	f.Add([]byte{1, 0, 0, 2, 0, 3, 2}, []byte{1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1})
	f.Add([]byte{1, 0, 0, 9, 0, 0, 1}, []byte{1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1})
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 1}, []byte{1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1})
	f.Add([]byte{0, 0, 0, 0, 1, 0, 0, 3, 9}, []byte{1, 0, 3, 0, 8, 5, 0, 1})
	f.Fuzz(func(t *testing.T, opts, steps []byte) {
		u := fuzzRules(opts)
		s := New(u, 0)
		var now time.Duration
		bad, good, recoveries, prev := 0, 0, 0, time.Duration(-1)
		var storm bounds
		for _, b := range steps {
			var r Result
			r.Slot, s = s.Next(now)
			if r.Slot <= prev && s.Grid.Next != 1 {
				t.Fatalf("slot %v comes after %v", r.Slot, prev)
			}
			prev = r.Slot
			r.Begin = max(now, r.Slot)
			r.End = r.Begin + time.Duration(b>>4)*time.Second/3
			now = r.End
			r.Outcome, r.Code = Exited, int(b&7)
			if b&7 == 5 {
				r.Outcome = CannotRun
			}
			r.Paused = b&8 != 0
			verdict := u.Judge(r)
			var actions []Action
			before := s
			s, actions = s.Observe(u, r)

			if before.ended() && (len(actions) > 0 || s != before) {
				t.Fatalf("%v in phase %v", actions, before.Phase)
			}
			if u.UntilOK > 0 && !before.ended() {
				late := u.Within > 0 && r.End >= u.Within
				switch {
				case late || r.Paused:
				case verdict == Good:
					good++
				case verdict == Bad:
					good = 0
				}
				if (s.Phase == Missed) != late || (s.Phase == Reached) != (!late && !r.Paused && verdict == Good && good >= u.UntilOK) {
					t.Fatalf("phase %v after %d good checks at %v", s.Phase, good, r.End)
				}
			}
			if verdict == Bad && !r.Paused && !before.ended() && s.Phase != Missed {
				bad++
			}
			if !r.Paused {
				storm.check(u, verdict, r)
			}
			ordered := false
			for _, a := range actions {
				switch a.Do {
				case Recover, SendFault, RunRecovery:
					ordered = true
				case ShowOK:
					if !r.Paused {
						bad, recoveries = 0, 0
					}
				case Proven:
					if verdict != Good || r.Paused || before.Streak.Recoveries == 0 {
						t.Fatalf("proven after %v from %+v", r, before)
					}
					bad, recoveries = 0, 0
				case SendSignal, RunFail, ShowFailed:
					if before.Quiet() && !r.Paused {
						t.Fatalf("%v during re-checks", a.Do)
					}
				}
			}
			if ordered {
				recoveries++
				if verdict != Bad || r.Paused {
					t.Fatalf("recovery after %+v", r)
				}
				if s.Health.Flapping {
					t.Fatalf("recovery while the service flaps: %+v", s)
				}
				storm.recovery(t, u, r.End)
				if u.Threshold == 0 || bad < u.Threshold {
					t.Fatalf("recovery after %d of %d failures", bad, u.Threshold)
				}
			}
			if ordered != (s.Phase == Repairing) {
				t.Fatalf("recovery ordered: %v, phase %v", ordered, s.Phase)
			}
			if s.Streak.Count != bad || s.Streak.Recoveries != recoveries {
				t.Fatalf("counts %d bad, %d recoveries, state %+v", bad, recoveries, s)
			}
			if s.Phase == Repairing {
				now += time.Duration(b>>6) * time.Second
				storm.ended = now
				s, prev = s.Repaired(u, now), -1
			}
		}
	})
}

// bounds says how many recoveries the rules allow, by its own count.
type bounds struct {
	tried     int           // since the service was last stable
	any       bool          // a recovery has run
	ended     time.Duration // the last one
	good      bool          // the last check that counts was good
	goodSince time.Duration
}

func (b *bounds) check(u *Rules, v Verdict, r Result) {
	switch {
	case v == Bad:
		b.good = false
	case v == Good && !b.good:
		b.good, b.goodSince = true, r.Begin
	case v == Good && r.End-b.goodSince >= u.stable():
		b.tried = 0
	}
}

func (b *bounds) recovery(t *testing.T, u *Rules, start time.Duration) {
	t.Helper()
	if gap := start - b.ended; b.any && (gap < u.minGap() || gap < u.pause(b.tried)) {
		t.Fatalf("recovery %v after the end of the last one; %d tried, rules %+v", gap, b.tried, u)
	}
	b.any, b.ended = true, start
	if b.tried++; u.MaxRecoveries > 0 && b.tried > u.MaxRecoveries {
		t.Fatalf("%d recoveries of %d", b.tried, u.MaxRecoveries)
	}
}

func fuzzRules(opts []byte) *Rules {
	at := func(i int) int {
		if i < len(opts) {
			return int(opts[i])
		}
		return 0
	}
	if n := at(7) % 4; n > 0 {
		return &Rules{
			Interval: time.Second, Failing: time.Duration(at(4)%3) * time.Second / 2, UntilOK: n, Within: time.Duration(at(8)) * time.Second / 2,
			Unknown: map[int]bool{3: true}, Wired: map[Do]bool{SendSignal: true},
		}
	}
	return &Rules{
		Interval:        time.Second,
		Failing:         time.Duration(at(4)%3) * time.Second / 2,
		Threshold:       at(0) % 5,
		RecoveryTimeout: time.Duration(at(1)%9) * time.Second,
		Rise:            at(2) % 4,
		Backoff:         time.Duration(at(3)%3) * time.Second,
		BackoffMax:      4 * time.Second,
		MaxRecoveries:   at(3) / 3 % 4,
		MinGap:          time.Duration(at(5)%5) * time.Second,
		Stable:          time.Duration(at(6)%5) * 2 * time.Second,
		Flaps:           at(9) % 3,
		FlapIn:          3 * time.Second,
		Unknown:         map[int]bool{3: true},
		Wired:           map[Do]bool{SendFault: true, RunRecovery: true, SendSignal: true},
	}
}
