package rollouts

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"clsh/heat/checker"
	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/event"
	"clsh/runner/flags"
)

// The test binary plays the process that a gate runs under.
func TestMain(m *testing.M) {
	if checker.IsHelper(os.Args) {
		os.Exit(checker.Helper(os.Args, os.Stderr))
	}
	os.Exit(m.Run())
}

// Settings that were not typed give way where they have no meaning.
func TestSettle(t *testing.T) {
	t.Parallel()
	of := func(rank flags.Rank) map[string]flags.Rank {
		return map[string]flags.Rank{"batch": rank, "max-fail": rank, "batch-pause": rank, "gate": rank, "gate-timeout": rank, "ask": rank}
	}
	const all = "ask batch batch-pause gate gate-timeout max-fail"
	for _, test := range []struct {
		name  string
		ranks map[string]flags.Rank
		none  bool
		want  string // the options that are left
	}{
		{"an ordinary run", of(flags.FromVariable), false, all},
		{"no rollout", of(flags.FromVariable), true, ""},
		{"no rollout, of the file", of(flags.FromFile), true, ""},
		{"no rollout, typed", of(flags.Typed), true, all},
		{"a run that is repeated", of(flags.FromRecord), false, all},
		{"nothing that they belong to", map[string]flags.Rank{"batch-pause": flags.FromFile, "gate-timeout": flags.FromVariable, "ask": flags.FromFile}, false, ""},
		{"what they belong to gives way", map[string]flags.Rank{"batch": flags.FromFile, "batch-pause": flags.FromFile}, true, ""},
		{"typed, without what it belongs to", map[string]flags.Rank{"batch-pause": flags.Typed}, false, "batch-pause"},
	} {
		o := Options{Batch: "1", MaxFail: "2", BatchPause: 3, Gate: "true", GateTimeout: 4, Ask: test.ranks["ask"] != flags.FromDefault}
		origins := flags.Origins{}
		for name, rank := range test.ranks {
			origins[name] = flags.Origin{Rank: rank}
		}
		o.Settle(origins, test.none)
		var left []string
		for _, each := range o.list() {
			if each.set {
				left = append(left, each.name)
			}
		}
		slices.Sort(left)
		if got := strings.Join(left, " "); got != test.want || (o.Any() == "") != (got == "") {
			t.Errorf("%s: %q is left, want %q", test.name, got, test.want)
		}
		values := map[string]bool{
			"batch": o.Batch != "", "max-fail": o.MaxFail != "", "batch-pause": o.BatchPause != 0,
			"gate": o.Gate != "", "gate-timeout": o.GateTimeout != 0, "ask": o.Ask,
		}
		for name := range test.ranks {
			if values[name] != slices.Contains(left, name) {
				t.Errorf("%s: --%s has a value: %v", test.name, name, values[name])
			}
		}
	}
}

// typed returns options as they are typed, NAME=VALUE each, "ask" alone.
func typed(words ...string) *Options {
	o, origins := &Options{}, flags.Origins{}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		origins[name] = flags.Origin{Rank: flags.Typed}
		switch name {
		case "batch":
			o.Batch = value
		case "max-fail":
			o.MaxFail = value
		case "gate":
			o.Gate = value
		case "batch-pause":
			o.BatchPause, _ = time.ParseDuration(value)
		case "gate-timeout":
			o.GateTimeout, _ = time.ParseDuration(value)
		case "ask":
			o.Ask = true
		}
	}
	o.Settle(origins, false)
	return o
}

// What the options ask for reaches the engine: the budget is 0 with groups, and none without.
func TestRollout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		words   string
		groups  int // 0: no rollout
		maxFail int
		budget  string
		between bool
	}{
		{"", 0, 0, "", false},
		{"batch=1,10%", 11, 0, "--max-fail 0", false},
		{"batch=100%", 1, 0, "--max-fail 0", false},
		{"batch=10 max-fail=10%", 5, 5, "--max-fail 10% (5 of 50 hosts)", false},
		{"max-fail=3", 1, 3, "--max-fail 3", false},
		{"max-fail=1%", 1, 0, "--max-fail 1% (0 of 50 hosts)", false},
		{"gate=true", 1, event.NoLimit, "", true},
		{"batch=10 gate=true gate-timeout=3s batch-pause=2s ask", 5, 0, "--max-fail 0", true},
		{"batch=10 batch-pause=2s", 5, 0, "--max-fail 0", true},
		{"batch=10 batch-pause=0s", 5, 0, "--max-fail 0", false},
	} {
		o := typed(strings.Fields(test.words)...)
		if err := o.Check(); err != nil {
			t.Fatalf("%s: %v", test.words, err)
		}
		r := o.Rollout(Run{Hosts: make(hosts.List, 50)})
		switch {
		case (r == nil) != (test.groups == 0):
			t.Errorf("%s: %+v", test.words, r)
		case r != nil && (len(r.Groups) != test.groups || r.MaxFail != test.maxFail || r.Budget != test.budget || (r.Between != nil) != test.between):
			t.Errorf("%s: %+v", test.words, r)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"batch=": "--batch: ", "batch=0": "--batch: ", "max-fail=": "--max-fail: ", "max-fail=x": "--max-fail: ", "gate=": "--gate: ",
		"ask": "--ask: needs --batch", "batch-pause=1s": "--batch-pause: needs --batch", "gate-timeout=1s batch=1": "--gate-timeout: needs --gate",
	} {
		if err := typed(strings.Fields(words)...).Check(); err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "\nhint: ") {
			t.Errorf("%s: %v", words, err)
		}
	}
}

// A gate comes first; where it stops the run, nothing else is done.
func TestSteps(t *testing.T) {
	t.Parallel()
	o := typed("batch=1", "gate=exit 3", "batch-pause=1h")
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	r := o.Rollout(Run{Hosts: hosts.List{{Name: "a"}, {Name: "b"}}, KillAfter: time.Second, Environ: os.Environ()})
	open := make(chan struct{})
	stop := r.Between(runner.Interval{
		Batch: event.Batch{Number: 1, Of: 2, Hosts: 1, NextHosts: 1}, Drain: open, Kill: open, Dir: t.TempDir(), Emit: func(event.Event) {},
	})
	if stop.By != event.StopGate {
		t.Errorf("%+v", stop)
	}
}

// Settle knows every option by its name.
func TestEveryOption(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, each := range new(Options).list() {
		names = append(names, each.name)
	}
	for _, f := range parser.Model.Flags {
		if f.Name != "help" && !slices.Contains(names, f.Name) {
			t.Errorf("--%s is not listed", f.Name)
		}
	}
}
