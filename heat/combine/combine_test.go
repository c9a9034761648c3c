package combine

import (
	"strings"
	"testing"
	"time"
)

// parse reads "a b:x,y c": checks, and what they need.
func parse(text string) map[string][]string {
	needs := map[string][]string{}
	for word := range strings.FieldsSeq(text) {
		name, list, _ := strings.Cut(word, ":")
		needs[name] = strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
	}
	return needs
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "a": "", "a:b b": "", "a:b,c b:d c:d d": "", "a:a": "checks need each other: a needs a", "a:b b:c c:a": "a needs b needs c needs a",
		"z:a a:b b:a": "checks need each other: a needs b needs a", "a:x": `check.a: needs "x", which is no check`,
	} {
		err := Validate(parse(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestBlame has checks with what they need, their states (g good, f failing, u unknown) with the
// instant at which the last check began, and what becomes of a failure of a at 5.
func TestBlame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ needs, states, held, by, wait string }{
		{"a", "a=f1", "", "", ""},
		{"a:b b", "b=g6", "", "", ""},
		{"a:b b", "b=g5", "", "", ""},
		{"a:b b", "b=g4", "", "", "b"},
		{"a:b b", "b=u0", "", "", "b"},
		{"a:b b", "b=u6", "", "b", ""},
		{"a:b b", "b=f1", "b", "b", ""},
		{"a:b,c b c", "b=g6 c=f1", "c", "c", ""},
		{"a:b,c b c", "b=g4 c=g3", "", "", "b,c"},
		{"a:b b:c c", "b=g6 c=f1", "c", "c", ""}, // what b needs
		{"a:b b:c c", "b=g6 c=g1", "", "", ""},   // b was good later
		{"a:b b:c c", "b=f6 c=f1", "c", "c", ""}, // the root of it
	} {
		checks := map[string]Check{}
		for name, needs := range parse(tt.needs) {
			checks[name] = Check{Needs: needs}
		}
		for word := range strings.FieldsSeq(tt.states) {
			name, state, _ := strings.Cut(word, "=")
			checks[name] = Check{
				Needs: checks[name].Needs, State: map[byte]State{'g': Good, 'f': Failing, 'u': Unknown}[state[0]],
				Begun: time.Unix(int64(state[1]-'0'), 0),
			}
		}
		get := func(n string) Check { return checks[n] }
		if held := HeldBy("a", get); held != tt.held {
			t.Errorf("%s, %s: held by %q, want %q", tt.needs, tt.states, held, tt.held)
		}
		by, wait := Blame("a", time.Unix(5, 0), get)
		if by != tt.by || strings.Join(wait, ",") != tt.wait {
			t.Errorf("%s, %s: blames %q, waits for %q, want %q and %q", tt.needs, tt.states, by, wait, tt.by, tt.wait)
		}
	}
}

// FuzzBlame looks for a failure that counts although something needed, however far, fails, or that is
// blamed on something that is good; and for a circle that Validate lets through or makes up.
func FuzzBlame(f *testing.F) {
	f.Add([]byte{1, 2, 0}, []byte{6, 2, 9})
	f.Add([]byte{6, 4, 1, 0}, []byte{1, 8, 12, 3})
	f.Fuzz(func(t *testing.T, edges, states []byte) {
		edges = edges[:min(len(edges), 8)]
		names := "abcdefgh"[:len(edges)]
		needs := map[string][]string{}
		for i, mask := range edges {
			needs[names[i:i+1]] = nil
			for j := range names {
				if mask&(1<<j) != 0 {
					needs[names[i:i+1]] = append(needs[names[i:i+1]], names[j:j+1])
				}
			}
		}
		reach := map[string]map[string]bool{}
		var visit func(from, at string)
		visit = func(from, at string) {
			for _, need := range needs[at] {
				if !reach[from][need] {
					reach[from][need] = true
					visit(from, need)
				}
			}
		}
		circle := false
		for name := range needs {
			reach[name] = map[string]bool{}
			visit(name, name)
			circle = circle || reach[name][name]
		}
		if err := Validate(needs); (err != nil) != circle {
			t.Fatalf("%v: %v, circle: %v", needs, err, circle)
		}
		if circle {
			return
		}
		value := func(n string) int {
			if i := strings.Index(names, n); i < len(states) {
				return int(states[i])
			}
			return 0
		}
		state := func(n string) State { return State(value(n) % 3) }
		begun := func(n string) int64 { return int64(value(n) / 3 % 4) }
		get := func(n string) Check { return Check{Needs: needs[n], State: state(n), Begun: time.Unix(begun(n), 0)} }
		for name := range needs {
			by, wait := Blame(name, time.Unix(2, 0), get)
			fails := false
			for need := range reach[name] {
				fails = fails || state(need) == Failing
			}
			own := by == "" && len(wait) == 0
			switch {
			case own && fails, fails && by == "":
				t.Fatalf("%s of %v counts, though something that it needs fails", name, needs)
			case by != "" && (!reach[name][by] || state(by) == Good):
				t.Fatalf("%s of %v is blamed on %s", name, needs, by)
			}
			if own {
				for _, need := range needs[name] {
					if state(need) != Good || begun(need) < 2 {
						t.Fatalf("%s of %v counts, though %s has not been good since", name, needs, need)
					}
				}
			}
		}
	})
}
