package policy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestExpire(t *testing.T) {
	u := &Rules{Interval: time.Second, UntilOK: 2, Within: time.Minute}
	streak := Streak{Count: 2}
	for _, tt := range []struct {
		s       State
		u       *Rules
		want    State
		actions []Action
	}{
		{State{Good: 1}, u, State{Phase: Missed, Good: 1}, []Action{{Do: ReportMissed}}},
		{State{Streak: streak}, u, State{Phase: Missed, Streak: streak}, []Action{{Do: ReportMissed, Streak: streak}}},
		{State{Good: 1}, &Rules{Interval: time.Second}, State{Good: 1}, nil},
		{State{Phase: Reached, Good: 2}, u, State{Phase: Reached, Good: 2}, nil},
		{State{Phase: Missed}, u, State{Phase: Missed}, nil},
		{State{Phase: GaveUp}, u, State{Phase: GaveUp}, nil},
	} {
		got, actions := tt.s.Expire(tt.u)
		if diff := cmp.Diff(tt.want, got) + cmp.Diff(tt.actions, actions); diff != "" {
			t.Errorf("%+v: -want +got:\n%s", tt.s, diff)
		}
	}
}

func TestResume(t *testing.T) {
	u := &Rules{Interval: time.Second, Threshold: 2, RecoveryTimeout: 5 * time.Second, Wired: map[Do]bool{RunRecovery: true}}
	streak := Streak{Count: 4, Recoveries: 1}
	type resumed struct {
		name string
		s    State
		age  time.Duration
		u    *Rules
		want State
	}
	tests := []resumed{
		{"watching", State{Streak: Streak{Count: 1}}, 0, u, State{Streak: Streak{Count: 1}, Grid: Grid{Origin: 7, Period: time.Second}}},
		{"in repair", State{Phase: BackingOff, Streak: streak, Rechecks: 3, Due: 99}, 0, u,
			State{Phase: Rechecking, Streak: streak, Due: 7 + 5*time.Second, Grid: Grid{Origin: 7, Period: time.Second}}},
		{"in repair, no threshold any more", State{Phase: Rechecking, Streak: streak}, 0, &Rules{Interval: time.Second},
			State{Streak: Streak{Count: 4}, Grid: Grid{Origin: 7, Period: time.Second}}},
		{"after giving up", State{Phase: GaveUp, Streak: streak}, 0, u, State{Streak: Streak{Count: 4}, Grid: Grid{Origin: 7, Period: time.Second}}},
		{"a first recovery that was not begun", State{Phase: Repairing, Streak: streak, Tried: 1}.Undone(), 0, u,
			State{Streak: Streak{Count: 4}, Grid: Grid{Origin: 7, Period: time.Second}}},
		{"a second one", State{Phase: Repairing, Streak: Streak{Count: 4, Recoveries: 2}, Tried: 2, NotBefore: 99}.Undone(), 0, u,
			State{Phase: Rechecking, Streak: streak, Tried: 1, Due: 7 + 5*time.Second, Grid: Grid{Origin: 7, Period: time.Second}}},
	}
	grid := Grid{Origin: 7, Period: time.Second}
	const day = 24 * time.Hour
	tests = append(tests, []resumed{
		{"after waiting for good checks", State{Phase: Reached, Good: 3, Tried: 2}, 0, u, State{Tried: 2, Grid: grid}},
		{"after waiting in vain", State{Phase: Missed, Good: 1, Streak: Streak{Count: 1}}, 0, u, State{Streak: Streak{Count: 1}, Grid: grid}},
		{"a streak of nine days ago", State{Streak: Streak{Count: 1}}, 9 * day, u, State{Grid: grid}},
		{"a streak of a minute ago", State{Streak: Streak{Count: 1}}, time.Minute, u, State{Streak: Streak{Count: 1}, Grid: grid}},
		{"a streak older than a minute and --stable", State{Streak: Streak{Count: 1}}, time.Minute + 1, u, State{Grid: grid}},
		{"a streak younger than --stable", State{Streak: Streak{Count: 1}}, time.Hour, &Rules{Interval: time.Second, Stable: time.Hour}, State{Streak: Streak{Count: 1}, Grid: grid}},
		{"the clock was set back", State{Streak: Streak{Count: 1}}, -day, u, State{Streak: Streak{Count: 1}, Grid: grid}},
		{"a repair of nine days ago", State{Phase: Rechecking, Streak: streak, Tried: 1}, 9 * day, u, State{Tried: 1, Grid: grid}},
		{"a repair before a reboot", State{Phase: Rechecking, Streak: streak, Tried: 1}, time.Hour, u,
			State{Phase: Rechecking, Streak: streak, Tried: 1, Due: 7 + 5*time.Second, Grid: grid}},
		{"after giving up, the gap is kept", State{Phase: GaveUp, Streak: streak, Tried: 9, NotBefore: 8}, 0, u, State{Streak: Streak{Count: 4}, NotBefore: 8, Grid: grid}},
		{"the gap is shorter now", State{NotBefore: 99 * time.Hour, Tried: 2, ForgetAt: 99 * time.Hour}, 0, u,
			State{Tried: 2, NotBefore: 7 + time.Second, ForgetAt: 7 + 10*time.Second, Grid: grid}},
	}...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.s.Resume(tt.u, 7, tt.age)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The state file has phases and outcomes by their names.
func TestNames(t *testing.T) {
	for p := Watching; p <= Missed; p++ {
		text, _ := p.MarshalText()
		got := Missed + 1
		if err := got.UnmarshalText(text); err != nil || got != p || len(text) == 0 {
			t.Errorf("phase %d: %q, %v", p, text, err)
		}
	}
	for o := Exited; o <= CannotRun; o++ {
		text, _ := o.MarshalText()
		var got Outcome
		if err := got.UnmarshalText(text); err != nil || got != o || len(text) == 0 {
			t.Errorf("outcome %d: %q, %v", o, text, err)
		}
	}
}
