package runs

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clsh/runner/event"
	"clsh/runner/record"
)

// host returns the state of a host.
func host(name string, started bool, outcome event.Outcome, code int) record.HostState {
	h := record.HostState{Name: name, Started: started}
	if outcome != 0 {
		h.Result = &event.Result{Outcome: outcome, Code: code}
	}
	return h
}

func TestSet(t *testing.T) {
	t.Parallel()
	states := []record.HostState{
		host("ok", true, event.Exited, 0), host("one", true, event.Exited, 1), host("e255", true, event.Exited, 255),
		host("killed", true, event.Signaled, 137), host("late", true, event.Timeout, 124), host("lost", true, event.Lost, 255),
		host("unreach", false, event.Unreachable, 255), host("profile", true, event.Unreachable, 255),
		host("stop", true, event.Stopped, 0), host("stopearly", false, event.Stopped, 0), host("not", false, event.NotStarted, 0),
		host("begun", true, 0, 0), host("waiting", false, 0, 0),
	}
	for set, want := range map[string]string{
		"all":               "ok one e255 killed late lost unreach profile stop stopearly not begun waiting",
		"ok":                "ok",
		"0":                 "ok",
		"rest":              "one e255 killed late lost unreach profile stop stopearly not begun waiting",
		"failed":            "one e255 killed late lost unreach profile",
		"unreachable":       "unreach profile",
		"lost":              "lost",
		"timeout":           "late",
		"stopped":           "stop stopearly",
		"not_started":       "not waiting",
		"started":           "ok one e255 killed late lost stop begun",
		"unfinished":        "begun",
		"1":                 "one",
		"255":               "e255",
		"137":               "killed",
		"124":               "",
		"1,ok":              "ok one",
		"ok , lost,ok":      "ok lost",
		"failed,unfinished": "one e255 killed late lost unreach profile begun",
	} {
		s, err := ParseSet(set)
		if err != nil {
			t.Errorf("%s: %v", set, err)
			continue
		}
		var names []string
		for _, h := range s.Select(states) {
			names = append(names, h.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s\nwant %s", set, got, want)
		}
	}
	for set, want := range map[string]string{
		"": "empty set", "ok,": "empty set", "faild": "did you mean failed?", "256": "not a set", "-1": "not a set", "node1": "not a set", "OK": "not a set", "1.5": "not a set",
	} {
		if _, err := ParseSet(set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", set, err, want)
		}
	}
	if got := strings.Join(MayHaveRun(states), " "); got != "late lost stop begun" {
		t.Errorf("may have run: %s", got)
	}
}

// Whatever a SET is, it selects hosts of the run, each once, in their order.
func FuzzSet(f *testing.F) {
	f.Add("failed,1", uint64(1))
	f.Add("rest", uint64(2))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		set, err := ParseSet(text)
		if err != nil {
			return
		}
		random := rand.New(rand.NewPCG(seed, 0))
		var states []record.HostState
		for i := range 20 {
			states = append(states, host(fmt.Sprintf("node%02d", i), random.IntN(2) == 0, event.Outcome(random.IntN(8)), random.IntN(256)))
		}
		last := ""
		for _, h := range set.Select(states) {
			if h.Name <= last {
				t.Fatalf("%s after %s", h.Name, last)
			}
			last = h.Name
		}
	})
}

func TestFilter(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	now := time.Now()
	list := []Info{
		{Command: "apt upgrade", Hosts: "node[1-3]", Time: now.Add(-time.Minute), State: Finished, Failed: 1},
		{Command: "uptime", Hosts: "node3,root@db1:22", Time: now.Add(-3 * time.Hour), State: Finished},
		{Command: "reboot", Hosts: "node1", Time: now.Add(-time.Hour), State: Unfinished},
		{Command: "damaged", State: Damaged},
	}
	for words, want := range map[string]string{
		"": "apt upgrade|uptime|reboot|damaged", "up": "apt upgrade|uptime", "failed": "apt upgrade|reboot", "@node3": "apt upgrade|uptime",
		"@db1": "uptime", "@root@db1:22": "uptime", "@node[1,9]": "apt upgrade|reboot", "since=2h": "apt upgrade|reboot", "since=60": "apt upgrade",
		"up @node3 failed": "apt upgrade", "up since=1m @node9": "", "UP": "",
	} {
		f, err := ParseFilter(strings.Fields(words), now)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, info := range f.Select(s, list) {
			got = append(got, string(info.Command))
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q, want %s", words, got, want)
		}
	}
	for _, word := range []string{"", "since=", "since=x", "since=-1", "@", "@a;b", "@node[1", "--format", "-q"} {
		if f, err := ParseFilter([]string{word}, now); err == nil {
			t.Errorf("%q is taken: %v", word, f)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	now := time.Now()
	list := []Info{
		{ID: "20261128-140305-kxqb", Time: now.Add(-3 * time.Minute), DurationMS: 12100, State: Finished, Hosts: "node[1-100]", Command: "apt upgrade",
			Outcomes: []Count{{"ok", 97}, {"exit 1", 2}, {"lost", 1}}},
		{ID: "20261128-130305-bcdf", Time: now.Add(-61 * time.Minute), DurationMS: 65000, State: Unfinished, Hosts: "a", Command: "printf '\x1b[31m\n\u202e한국어'",
			Outcomes: []Count{{"unfinished", 1}}},
		{ID: "20251128-130305-bcdg", Time: now.Add(-50 * time.Hour), State: Damaged},
	}
	var b bytes.Buffer
	if err := WriteTable(&b, list, 0, now); err != nil {
		t.Fatal(err)
	}
	want := `kxqb  3m ago  12.1s  97 ok, 2 exit 1, 1 lost   node[1-100]  apt upgrade
bcdf  1h ago  1m05s  unfinished, 1 unfinished  a            printf '^[[31m\n\u202e한국어'
bcdg  2d ago  0.0s   damaged
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for columns := 20; columns < 100; columns++ {
		b.Reset()
		if err := WriteTable(&b, list, columns, now); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := width(strings.TrimSuffix(line, "\n")); n > columns {
				t.Errorf("%d columns, want %d: %s", n, columns, line)
			}
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	first := onNodes("cat x", exit(0), exit(0), exit(0), exit(1), exit(0), nil)
	first.Output = true
	first.output = map[int]string{0: "one\ntwo\n", 1: "one\ntwo\n", 2: "same", 3: "x\n", 4: "gone\n"}
	second := onNodes("cat x", exit(0), exit(0), exit(0), exit(0))
	second.Hosts = append(second.Hosts, "node9")
	second.results = append(second.results, &event.Result{Outcome: event.Lost})
	second.Output = true
	second.output = map[int]string{0: "one\n2\n", 1: "one\n2\n", 2: "same", 3: "x\n"}
	compare := func() string {
		t.Helper()
		a, err := s.Open(s.keep(t, first, false))
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		b, err := s.Open(s.keep(t, second, true))
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		var out bytes.Buffer
		if err := Compare(&out, a, b); err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer(a.Name, "AAAA", b.Name, "BBBB").Replace(out.String())
	}
	outcomes := `ok: node[1-3] (3)
exit 1, now ok: node4 (1)
only in AAAA: node[5-6] (2)
only in BBBB: node9 (1)
`
	want := outcomes + `--- AAAA: node[1-2] (2)
+++ BBBB: node[1-2] (2)
@@ -1,2 +1,2 @@
 one
-two
+2
`
	if diff := cmp.Diff(want, compare()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	second.Output = false // there is nothing to compare
	if diff := cmp.Diff(outcomes, compare()); diff != "" {
		t.Errorf("without output (-want +got):\n%s", diff)
	}
	for _, text := range []string{"", ",", "a,", ",a", "a,b,c"} {
		if a, b, err := ParsePair(text); err == nil {
			t.Errorf("%q: %q, %q", text, a, b)
		}
	}
}
