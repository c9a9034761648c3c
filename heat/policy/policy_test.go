package policy

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// everything is wired, so that a table shows all that could happen.
func wired() map[Do]bool {
	all := map[Do]bool{}
	for d := ShowOK; d <= RunGiveUp; d++ {
		all[d] = d != Changed && d != RunChange // TestHealth
	}
	return all
}

// A walker drives a State as the loop does, on a clock of its own: a check
// takes no time, except where a step says so.
type walker struct {
	rules  *Rules
	state  State
	now    time.Duration
	out    []string
	events []string // by note
}

// step runs one check. The word is a verdict (ok, bad, unknown, cannot) or a
// code, then perhaps @D for its duration, !D for the duration of a recovery
// that it brings, and a leading p for "paused".
func (w *walker) step(t *testing.T, word string) {
	t.Helper()
	r := Result{Outcome: Exited, Pid: 1}
	word, r.Paused = strings.CutPrefix(word, "p:")
	word, repair := cutDuration(t, word, "!")
	word, takes := cutDuration(t, word, "@")
	switch word {
	case "ok":
	case "bad":
		r.Code = 1
	case "cannot":
		r.Outcome, r.Code, r.Pid = CannotRun, 127, 0
	case "timeout":
		r.Outcome, r.Code = TimedOut, 124
	default:
		code, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		r.Code = code
	}
	r.Slot, w.state = w.state.Next(w.now)
	r.Begin = max(r.Slot, w.now)
	r.End = r.Begin + takes
	r.Unix = int64(r.Begin / time.Second)
	w.now = r.End
	var actions []Action
	w.state, actions = w.state.Observe(w.rules, r)
	line := fmt.Sprintf("%v", r.Begin.Seconds())
	for _, a := range actions {
		w.note(r.Begin, a)
		line += " " + a.Do.String()
		switch a.Do {
		case Recover, Proven, GiveUp:
			line += fmt.Sprintf("(%d,n=%d,%d..%d)", a.Streak.Recoveries, a.Streak.Count, a.Streak.First.Unix, a.Streak.Last.Unix)
		}
	}
	w.out = append(w.out, line)
	if w.state.Phase == Repairing {
		w.now += repair
		w.state = w.state.Repaired(w.rules, w.now)
	}
}

func cutDuration(t *testing.T, word, sep string) (string, time.Duration) {
	t.Helper()
	word, d, ok := strings.Cut(word, sep)
	if !ok {
		return word, 0
	}
	v, err := time.ParseDuration(d)
	if err != nil {
		t.Fatal(err)
	}
	return word, v
}

func TestRules(t *testing.T) {
	const s = time.Second
	plain := map[Do]bool{}
	script := map[Do]bool{RunRecovery: true}
	tests := []struct {
		name  string
		rules Rules
		steps string
		want  []string
	}{{
		"each failure is shown, logged, signalled and handed on", Rules{Interval: 2 * s, Wired: wired()},
		"ok bad timeout ok bad",
		[]string{"0 show-ok", "2 show-failed log signal fail", "4 show-failed log signal fail", "6 show-ok", "8 show-failed log signal fail"},
	}, {
		"what is not wired is left out", Rules{Interval: 2 * s, Wired: plain},
		"ok bad", []string{"0 show-ok", "2 show-failed log"},
	}, {
		"the first check is at the start, a slot missed is skipped", Rules{Interval: 2 * s, Wired: plain},
		"ok@3s ok@2s ok@1ms ok", []string{"0 show-ok", "4 show-ok", "6 show-ok", "8 show-ok"},
	}, {
		"recovery at the threshold, proven by the first good re-check, a new grid", Rules{Interval: 2 * s, Threshold: 3, RecoveryTimeout: 10 * s, Wired: wired()},
		"ok bad bad bad!5s ok@500ms ok ok",
		[]string{
			"0 show-ok", "2 show-failed log signal fail", "4 show-failed log signal fail",
			"6 show-failed log signal fail recover(1,n=3,2..6) fault-signal recovery",
			"11 proven(1,n=3,2..6) success-signal recovered", "13.5 show-ok", "15.5 show-ok",
		},
	}, {
		"a success restarts the count", Rules{Interval: s, Threshold: 2, Wired: script},
		"bad ok bad bad", []string{"0 show-failed log", "1 show-ok", "2 show-failed log", "3 show-failed log recover(1,n=2,2..3) recovery"},
	}, {
		"without a recovery timeout, N re-checks, the first at once", Rules{Interval: 2 * s, Threshold: 3, Wired: script},
		"bad bad bad!1s bad bad bad bad",
		[]string{
			"0 show-failed log", "2 show-failed log", "4 show-failed log recover(1,n=3,0..4) recovery",
			"5 log", "7 log", "9 log recover(2,n=6,0..9) recovery", "9 log",
		},
	}, {
		"with one, re-checks at the interval and one at its end", Rules{Interval: 2 * s, Threshold: 1, RecoveryTimeout: 5 * s, Wired: script},
		"bad bad bad bad bad bad",
		[]string{"0 show-failed log recover(1,n=1,0..0) recovery", "0 log", "2 log", "4 log", "5 log recover(2,n=5,0..5) recovery", "5 log"},
	}, {
		"a good check at the window's end stops the next recovery", Rules{Interval: 2 * s, Threshold: 1, RecoveryTimeout: 5 * s, Wired: script},
		"bad bad bad bad ok ok",
		[]string{"0 show-failed log recover(1,n=1,0..0) recovery", "0 log", "2 log", "4 log", "5 proven(1,n=4,0..4)", "7 show-ok"},
	}, {
		"a re-check that outlasts the window counts as its last", Rules{Interval: 2 * s, Threshold: 1, RecoveryTimeout: 5 * s, Wired: script},
		"bad timeout@6s bad", []string{"0 show-failed log recover(1,n=1,0..0) recovery", "0 log recover(2,n=2,0..0) recovery", "6 log"},
	}, {
		"success after the third recovery", Rules{Interval: s, Threshold: 2, Wired: wired()},
		"bad bad bad bad bad bad ok ok",
		[]string{
			"0 show-failed log signal fail", "1 show-failed log signal fail recover(1,n=2,0..1) fault-signal recovery",
			"1 log", "2 log recover(2,n=4,0..2) fault-signal recovery",
			"2 log", "3 log recover(3,n=6,0..3) fault-signal recovery",
			"3 proven(3,n=6,0..3) success-signal recovered", "4 show-ok",
		},
	}, {
		"a signal alone is a repair", Rules{Interval: s, Threshold: 1, Wired: map[Do]bool{SendFault: true}},
		"bad ok ok", []string{"0 show-failed log recover(1,n=1,0..0) fault-signal", "0 proven(1,n=1,0..0)", "1 show-ok"},
	}, {
		"rise: so many good ones in a row", Rules{Interval: s, Threshold: 1, Rise: 2, RecoveryTimeout: 60 * s, Wired: script},
		"bad ok bad ok ok ok",
		[]string{"0 show-failed log recover(1,n=1,0..0) recovery", "0", "1 log", "2", "3 proven(1,n=2,0..1)", "4 show-ok"},
	}, {
		"rise: a run of good re-checks is not cut off", Rules{Interval: s, Threshold: 2, Rise: 4, Wired: script},
		"bad bad ok ok ok ok ok",
		[]string{"0 show-failed log", "1 show-failed log recover(1,n=2,0..1) recovery", "1", "2", "3", "4 proven(1,n=2,0..1)", "5 show-ok"},
	}, {
		"backoff: re-checks go on in the pause, and one is made at its end", Rules{Interval: 2 * s, Threshold: 1, Backoff: 3 * s, BackoffMax: 5 * s, Wired: script},
		"bad bad bad bad bad bad bad bad bad bad bad",
		[]string{
			"0 show-failed log recover(1,n=1,0..0) recovery",
			"0 log", "2 log", "3 log recover(2,n=4,0..3) recovery",
			"3 log", "5 log", "7 log", "8 log recover(3,n=8,0..8) recovery",
			"8 log", "10 log", "12 log",
		},
	}, {
		"backoff: a good check in the pause ends the streak", Rules{Interval: 2 * s, Threshold: 1, Backoff: 60 * s, BackoffMax: 60 * s, Wired: script},
		"bad bad ok ok", []string{"0 show-failed log recover(1,n=1,0..0) recovery", "0 log", "2 proven(1,n=2,0..0)", "4 show-ok"},
	}, {
		"give up after so many", Rules{Interval: s, Threshold: 1, MaxRecoveries: 2, Wired: wired()},
		"bad bad bad bad bad bad",
		[]string{
			"0 show-failed log signal fail recover(1,n=1,0..0) fault-signal recovery", "0 log",
			"1 log recover(2,n=3,0..1) fault-signal recovery", "1 log giving-up(2,n=4,0..1) give-up", "2", "3",
		},
	}, {
		"unknown changes no count and calls no hook", Rules{Interval: s, Threshold: 2, Unknown: map[int]bool{3: true, 124: true}, Wired: wired()},
		"bad 3 timeout bad 3 bad",
		[]string{
			"0 show-failed log signal fail", "1 show-unknown", "2 show-unknown",
			"3 show-failed log signal fail recover(1,n=2,0..3) fault-signal recovery", "3", "4 log",
		},
	}, {
		"an unknown re-check is none of the N, nor a good one", Rules{Interval: s, Threshold: 2, Rise: 2, Unknown: map[int]bool{3: true}, Wired: script},
		"bad bad 3 3 ok 3 ok",
		[]string{"0 show-failed log", "1 show-failed log recover(1,n=2,0..1) recovery", "1", "2", "3", "4", "5 proven(1,n=2,0..1)"},
	}, {
		"cannot-run is shown and handed on, and never counts", Rules{Interval: s, Threshold: 2, Wired: wired()},
		"cannot cannot bad cannot ok bad bad cannot bad",
		[]string{
			"0 show-failed log fail", "1 show-failed log fail", "2 show-failed log signal fail", "3 show-failed log fail", "4 show-ok",
			"5 show-failed log signal fail", "6 show-failed log signal fail recover(1,n=2,5..6) fault-signal recovery", "6 log", "7 log",
		},
	}, {
		"a check that cannot run at the window's end orders nothing", Rules{Interval: 2 * s, Threshold: 1, RecoveryTimeout: 3 * s, Wired: script},
		"bad bad bad cannot bad",
		[]string{"0 show-failed log recover(1,n=1,0..0) recovery", "0 log", "2 log", "3 log", "4 log recover(2,n=4,0..4) recovery"},
	}, {
		"paused: shown, nothing else", Rules{Interval: s, Threshold: 2, Wired: wired()},
		"bad p:bad p:ok bad p:bad p:ok p:cannot ok",
		[]string{
			"0 show-failed log signal fail", "1 show-failed log", "2 show-ok",
			"3 show-failed log signal fail recover(1,n=2,0..3) fault-signal recovery",
			"3 show-failed log", "4 show-ok", "5 show-failed log", "6 proven(1,n=2,0..3) success-signal recovered",
		},
	}, {
		"the failing interval begins with the first failure and ends with the streak", Rules{Interval: 10 * s, Failing: 2 * s, Wired: plain},
		"ok bad bad ok ok", []string{"0 show-ok", "10 show-failed log", "12 show-failed log", "14 show-ok", "24 show-ok"},
	}, {
		"the failing interval is the re-checks', too", Rules{Interval: 10 * s, Failing: 2 * s, Threshold: 2, Wired: script},
		"bad bad!1s bad ok ok", []string{"0 show-failed log", "2 show-failed log recover(1,n=2,0..2) recovery", "3 log", "5 proven(1,n=3,0..3)", "15 show-ok"},
	}, {
		"at the fifth recovery the lack of a backoff is reported, once", Rules{Interval: s, Threshold: 1, Wired: script},
		"bad bad bad bad bad bad bad bad bad bad bad",
		[]string{
			"0 show-failed log recover(1,n=1,0..0) recovery", "0 log", "1 log recover(2,n=3,0..1) recovery", "1 log",
			"2 log recover(3,n=5,0..2) recovery", "2 log", "3 log recover(4,n=7,0..3) recovery", "3 log",
			"4 log warn-backoff recover(5,n=9,0..4) recovery", "4 log", "5 log recover(6,n=11,0..5) recovery",
		},
	}, {
		"the gap counts from the end of a recovery", Rules{Interval: 30 * s, Threshold: 1, Wired: script},
		"bad!20s bad bad",
		[]string{"0 show-failed log recover(1,n=1,0..0) recovery", "20 log", "50 log recover(2,n=3,0..50) recovery"},
	}, {
		"a gap longer than the interval", Rules{Interval: 2 * s, Threshold: 1, MinGap: 5 * s, Wired: script},
		"bad bad bad bad bad",
		[]string{"0 show-failed log recover(1,n=1,0..0) recovery", "0 log", "2 log", "4 log", "5 log recover(2,n=5,0..5) recovery"},
	}, {
		"a gap shorter than the interval", Rules{Interval: 30 * s, Threshold: 1, MinGap: 5 * s, Wired: script},
		"bad bad bad", []string{"0 show-failed log recover(1,n=1,0..0) recovery", "0 log", "5 log recover(2,n=3,0..5) recovery"},
	}, {
		"the gap holds for a new streak, whose checks keep the grid", Rules{Interval: 2 * s, Threshold: 1, MinGap: 5 * s, Wired: wired()},
		"bad ok bad bad bad",
		[]string{
			"0 show-failed log signal fail recover(1,n=1,0..0) fault-signal recovery", "0 proven(1,n=1,0..0) success-signal recovered",
			"2 show-failed log signal fail", "4 show-failed log signal fail",
			"6 show-failed log signal fail recover(1,n=3,2..6) fault-signal recovery",
		},
	}, {
		"a signal as the repair keeps the gap", Rules{Interval: 2 * s, Threshold: 1, Wired: map[Do]bool{SendFault: true}},
		"bad bad bad", []string{"0 show-failed log recover(1,n=1,0..0) fault-signal", "0 log", "2 log recover(2,n=3,0..2) fault-signal"},
	}, {
		"good for one check after each repair: the backoff grows", Rules{Interval: 2 * s, Threshold: 1, Backoff: 4 * s, BackoffMax: time.Hour, Wired: script},
		"bad ok bad bad bad ok bad bad bad bad bad",
		[]string{
			"0 show-failed log recover(1,n=1,0..0) recovery", "0 proven(1,n=1,0..0)",
			"2 show-failed log", "4 show-failed log", "6 show-failed log recover(1,n=3,2..6) recovery", "6 proven(1,n=3,2..6)",
			"8 show-failed log", "10 show-failed log", "12 show-failed log", "14 show-failed log", "16 show-failed log recover(1,n=5,8..16) recovery",
		},
	}, {
		"good for one check after each repair: the end comes", Rules{Interval: s, Threshold: 1, MaxRecoveries: 2, Wired: wired()},
		"bad ok bad ok bad bad",
		[]string{
			"0 show-failed log signal fail recover(1,n=1,0..0) fault-signal recovery", "0 proven(1,n=1,0..0) success-signal recovered",
			"1 show-failed log signal fail recover(1,n=1,1..1) fault-signal recovery", "1 proven(1,n=1,1..1) success-signal recovered",
			"2 show-failed log signal fail giving-up(0,n=1,2..2) give-up", "3",
		},
	}, {
		"a good check ends a pause of a new streak", Rules{Interval: 2 * s, Threshold: 1, Backoff: 4 * s, BackoffMax: time.Hour, Wired: script},
		"bad ok bad bad ok bad bad bad",
		[]string{
			"0 show-failed log recover(1,n=1,0..0) recovery", "0 proven(1,n=1,0..0)", "2 show-failed log", "4 show-failed log", "6 show-ok",
			"8 show-failed log", "10 show-failed log", "12 show-failed log recover(1,n=3,8..12) recovery",
		},
	}, {
		"stable for long enough: forgotten", Rules{Interval: s, Threshold: 1, MaxRecoveries: 1, Stable: 3 * s, Wired: script},
		"bad ok ok ok ok bad",
		[]string{
			"0 show-failed log recover(1,n=1,0..0) recovery", "0 proven(1,n=1,0..0)", "1 show-ok", "2 show-ok", "3 show-ok",
			"4 show-failed log recover(1,n=1,4..4) recovery",
		},
	}, {
		"not quite for long enough: not forgotten", Rules{Interval: s, Threshold: 1, MaxRecoveries: 1, Stable: 3 * s, Wired: script},
		"bad ok ok ok bad",
		[]string{
			"0 show-failed log recover(1,n=1,0..0) recovery", "0 proven(1,n=1,0..0)", "1 show-ok", "2 show-ok", "3 show-failed log giving-up(0,n=1,3..3)",
		},
	}, {
		"a failure below the threshold begins the stable time again", Rules{Interval: s, Threshold: 2, MaxRecoveries: 1, Stable: 3 * s, Wired: script},
		"bad bad ok ok ok bad ok ok ok bad bad",
		[]string{
			"0 show-failed log", "1 show-failed log recover(1,n=2,0..1) recovery", "1 proven(1,n=2,0..1)", "2 show-ok", "3 show-ok",
			"4 show-failed log", "5 show-ok", "6 show-ok", "7 show-ok", "8 show-failed log", "9 show-failed log giving-up(0,n=2,8..9)",
		},
	}, {
		"paused and unknown checks do not make it stable", Rules{Interval: s, Threshold: 1, MaxRecoveries: 1, Stable: 2 * s, Unknown: map[int]bool{3: true}, Wired: script},
		"bad ok p:ok 3 bad",
		[]string{
			"0 show-failed log recover(1,n=1,0..0) recovery", "0 proven(1,n=1,0..0)", "1 show-ok", "2 show-unknown", "3 show-failed log giving-up(0,n=1,3..3)",
		},
	}, {
		"until so many are good in a row, and nothing after that", Rules{Interval: s, UntilOK: 3, Within: time.Minute, Wired: wired()},
		"ok ok bad ok ok ok ok",
		[]string{"0 show-ok", "1 show-ok", "2 show-failed log signal fail", "3 show-ok", "4 show-ok", "5 show-ok reached", "6"},
	}, {
		"until ok: unknown, paused and unstartable checks neither count nor begin again", Rules{Interval: s, UntilOK: 3, Within: time.Minute, Unknown: map[int]bool{3: true}, Wired: plain},
		"ok 3 p:bad ok cannot p:ok ok",
		[]string{"0 show-ok", "1 show-unknown", "2 show-failed log", "3 show-ok", "4 show-failed log", "5 show-ok", "6 show-ok reached"},
	}, {
		"until ok: the failing interval ends with the first good check", Rules{Interval: 10 * s, Failing: s, UntilOK: 2, Within: time.Minute, Wired: plain},
		"bad bad ok ok", []string{"0 show-failed log", "1 show-failed log", "2 show-ok", "12 show-ok reached"},
	}, {
		"within: a check that ends at that instant is too late, good or not", Rules{Interval: 2 * s, UntilOK: 3, Within: 5 * s, Wired: plain},
		"ok ok ok@1s ok", []string{"0 show-ok", "2 show-ok", "4 missed", "6"},
	}, {
		"within: a moment earlier is not", Rules{Interval: 2 * s, UntilOK: 3, Within: 5 * s, Wired: plain},
		"ok ok ok@999ms", []string{"0 show-ok", "2 show-ok", "4 show-ok reached"},
	}, {
		"within: a paused check is too late as well", Rules{Interval: 2 * s, UntilOK: 3, Within: 3 * s, Wired: plain},
		"ok p:bad@5s", []string{"0 show-ok", "2 missed"},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := walker{rules: &tt.rules, state: New(&tt.rules, 0)}
			for word := range strings.FieldsSeq(tt.steps) {
				w.step(t, word)
			}
			if diff := cmp.Diff(tt.want, w.out); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPause(t *testing.T) {
	u := Rules{Backoff: time.Second, BackoffMax: 5 * time.Second}
	for n, want := range []time.Duration{0, 1, 2, 4, 5, 5} {
		if got := u.pause(n); got != want*time.Second {
			t.Errorf("pause after %d recoveries: %v, want %v s", n, got, want)
		}
	}
	u = Rules{Backoff: time.Hour, BackoffMax: 1<<63 - 1}
	if got := u.pause(500); got != u.BackoffMax {
		t.Errorf("pause after 500 recoveries: %v, want the maximum", got)
	}
}
