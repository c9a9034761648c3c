package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestHealth has rows of checks, one a second, and what is reported of them, and when.
func TestHealth(t *testing.T) {
	const s = time.Second
	repair := map[Do]bool{RunChange: true, RunRecovery: true}
	tell := map[Do]bool{RunChange: true}
	for _, tt := range []struct {
		name, steps, want string
		rules             Rules
	}{
		{"failed at once, without a threshold", "ok bad bad ok ok bad", "1:failed 3:ok 5:failed", Rules{}},
		{"failed at the alarm", "bad bad ok bad bad bad bad ok", "5:failed 7:ok", Rules{Alarm: 3}},
		{"unknown, paused and what cannot run change nothing", "bad p:bad 3 cannot p:ok 3 bad ok", "6:failed 7:ok", Rules{Alarm: 2, Unknown: map[int]bool{3: true}}},
		{"reported before it is repaired, and when that is proven", "bad bad ok ok", "1:failed 1:recovery 1:recovered", Rules{Threshold: 2, Wired: repair}},
		{"a repair that has to be proven twice", "bad ok bad ok ok", "0:failed 0:recovery 1:recovery 2:recovered",
			Rules{Threshold: 1, Rise: 2, RecoveryTimeout: s, Wired: repair}},
		{"giving up", "bad bad bad", "0:failed 0:recovery 0:gave-up", Rules{Threshold: 1, MaxRecoveries: 1, Wired: repair}},
		{"a reminder each three seconds, until it is good", "bad bad bad bad bad bad bad bad ok ok ok ok ok", "0:failed 3:reminder 6:reminder 8:ok", Rules{Remind: 3 * s}},
		{"a reminder waits for a check that counts", "bad bad p:bad bad bad bad", "0:failed 3:reminder 5:reminder", Rules{Remind: 2 * s}},
		{"a reminder during re-checks", "bad bad bad bad bad ok", "0:failed 0:recovery 1:recovery 2:reminder 2:recovery 2:recovered",
			Rules{Threshold: 1, Remind: 2 * s, Wired: repair}},
		{"two of three", "bad ok bad bad ok ok bad ok ok ok bad", "2:failed 9:ok", Rules{Alarm: 2, Of: 3}},
		{"two of three repair at a failure, never at a success", "bad ok bad ok bad ok bad", "2:failed 2:recovery 2:recovered 5:failed 5:recovery",
			Rules{Threshold: 2, Of: 3, Wired: repair}},
		{"four of five are three bad, one good, one bad", "bad bad bad ok bad", "4:failed 4:recovery", Rules{Threshold: 4, Of: 5, Wired: repair}},
		{"N of N are N in a row", "bad ok bad bad ok bad ok ok", "3:failed 7:ok", Rules{Alarm: 2, Of: 2}},
		{"more than three changes in ten seconds flap, until ten are quiet", "bad ok bad ok bad ok ok ok ok ok ok ok ok ok ok ok bad",
			"0:failed 1:ok 2:failed 3:flapping 15:steady 16:failed", Rules{Flaps: 3, FlapIn: 10 * s}},
		{"slow changes do not flap", "bad ok ok bad ok ok bad ok", "0:failed 1:ok 3:failed 4:ok 6:failed 7:ok", Rules{Flaps: 2, FlapIn: 2 * s}},
		{"no recovery while it flaps, one when it is quiet", "bad ok bad bad bad bad bad bad",
			"0:failed 0:recovery 0:recovered 1:flapping 6:steady 6:recovery", Rules{Threshold: 1, Flaps: 2, FlapIn: 5 * s, Wired: repair}},
		{"flapping is reminded of", "bad ok bad ok bad ok", "0:failed 1:flapping 4:reminder", Rules{Flaps: 1, FlapIn: 9 * s, Remind: 3 * s}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.rules.Interval = s; tt.rules.Wired == nil {
				tt.rules.Wired = tell
			}
			w := &walker{rules: &tt.rules, state: New(&tt.rules, 0)}
			var got []string
			for word := range strings.FieldsSeq(tt.steps) {
				before := len(w.events)
				w.step(t, word)
				got = append(got, w.events[before:]...)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// note records what a step reported, and its recoveries.
func (w *walker) note(at time.Duration, a Action) {
	what := string(a.Change.Event)
	if a.Do == Recover {
		what = a.Do.String()
		what = strings.Replace(what, "recover", "recovery", 1)
	}
	if a.Do == Recover || a.Do == RunChange {
		w.events = append(w.events, fmt.Sprintf("%v:%s", at.Seconds(), what))
	}
}

// A change has the status after it, and since when it is so.
func TestChange(t *testing.T) {
	u := &Rules{Interval: time.Second, Flaps: 1, FlapIn: 2 * time.Second, Remind: time.Second, Wired: map[Do]bool{Changed: true}}
	s := New(u, 0)
	var got []Change
	for i, code := range []int{1, 1, 0, 0, 0, 0} {
		at := time.Duration(i) * time.Second
		var actions []Action
		s, actions = s.Observe(u, Result{Outcome: Exited, Code: code, Unix: int64(100 + i), Begin: at, End: at})
		for _, a := range actions {
			if a.Do == Changed {
				got = append(got, a.Change)
			}
		}
	}
	want := []Change{
		{EventFailed, StatusFailed, 100}, {EventReminder, StatusFailed, 100}, {EventFlapping, StatusFlapping, 102},
		{EventReminder, StatusFlapping, 102}, {EventSteady, StatusOK, 104},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// FuzzHealth compares what is reported with a count of its own over all verdicts.
func FuzzHealth(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5}, []byte{1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0})
	f.Add([]byte{3, 5, 0, 0, 3}, []byte{1, 0, 1, 0, 1, 2, 1, 1, 1, 0, 0, 0, 0, 0, 1})
	f.Add([]byte{2, 0, 2, 3, 0}, []byte{1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1})
	f.Fuzz(func(t *testing.T, opts, steps []byte) {
		at := func(i int) int { return int(append(opts, make([]byte, 5)...)[i]) }
		u := &Rules{
			Interval: time.Second, Alarm: 1 + at(0)%4, Flaps: at(2) % 4, FlapIn: time.Duration(1+at(3)%9) * time.Second,
			Remind: time.Duration(at(4)%4) * time.Second, Wired: map[Do]bool{Changed: true},
		}
		if n := at(1) % 8; n >= u.Alarm {
			u.Of = n
		}
		s, m := New(u, 0), healthModel{u: u}
		for i, b := range steps {
			now := time.Duration(i) * time.Second
			r := Result{Outcome: Exited, Code: int(b & 1), Unix: int64(i), Begin: now, End: now, Paused: b&2 != 0}
			var actions []Action
			s, actions = s.Observe(u, r)
			var got []Event
			for _, a := range actions {
				if a.Do == Changed {
					got = append(got, a.Change.Event)
				}
			}
			var want []Event
			if !r.Paused {
				want = m.check(now, r.Code != 0)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("check %d of %v, rules %+v: -want +got:\n%s", i, steps, u, diff)
			}
		}
	})
}

// healthModel remembers everything.
type healthModel struct {
	u        *Rules
	verdicts []bool
	failed   bool
	changes  []time.Duration
	flapping bool
	reported time.Duration
}

func (m *healthModel) check(now time.Duration, bad bool) (events []Event) {
	m.verdicts = append(m.verdicts, bad)
	tell := func(e Event) { events, m.reported = append(events, e), now }
	fails := func(n int) (count int) {
		for _, b := range m.verdicts[max(len(m.verdicts)-n, 0):] {
			if b {
				count++
			}
		}
		return count
	}
	window := max(m.u.Of, 1)
	if m.u.Of == 0 && m.u.Alarm > 1 && bad {
		window = m.u.Alarm
	}
	failed := m.failed
	switch {
	case bad && fails(window) >= m.u.Alarm:
		failed = true
	case !bad && fails(max(m.u.Of, 1)) == 0:
		failed = false
	}
	if failed != m.failed {
		m.failed = failed
		m.changes = append(m.changes, now)
		recent := 0
		for _, at := range m.changes {
			if now-at <= m.u.FlapIn {
				recent++
			}
		}
		switch {
		case m.flapping:
		case m.u.Flaps > 0 && recent > m.u.Flaps:
			m.flapping = true
			tell(EventFlapping)
		case failed:
			tell(EventFailed)
		default:
			tell(EventOK)
		}
	}
	if m.flapping && now-m.changes[len(m.changes)-1] >= m.u.FlapIn {
		m.flapping = false
		tell(EventSteady)
	}
	if m.u.Remind > 0 && (m.failed || m.flapping) && now-m.reported >= m.u.Remind {
		tell(EventReminder)
	}
	return events
}
