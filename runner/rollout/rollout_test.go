package rollout

import (
	"slices"
	"strings"
	"testing"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		sizes string
		hosts int
		want  []int
	}{
		{"1", 0, nil},
		{"100%", 0, nil},
		{"1", 1, []int{1}},
		{"5", 1, []int{1}},
		{"1%", 1, []int{1}},
		{"1", 3, []int{1, 1, 1}},
		{"2", 3, []int{2, 1}},
		{"1,5,25%", 3, []int{1, 2}},
		{"1,5,25%", 7, []int{1, 5, 1}},
		{"1,5,25%", 100, []int{1, 5, 25, 25, 25, 19}},
		{"50%", 7, []int{4, 3}},    // 3.5
		{"33%", 3, []int{1, 1, 1}}, // 0.99
		{"34%", 3, []int{2, 1}},    // 1.02
		{"33%", 100, []int{33, 33, 33, 1}},
		{"1%", 100, slices.Repeat([]int{1}, 100)}, // exact: not rounded
		{"99%", 100, []int{99, 1}},
		{"100%", 100, []int{100}},
		{"1,10%", 10_000, append([]int{1}, append(slices.Repeat([]int{1000}, 9), 999)...)},
		{"9999", 10_000, []int{9999, 1}},
		{"3,100%", 10_000, []int{3, 9997}},
		{"20000", 10_000, []int{10_000}},
	} {
		s, err := ParseSizes(test.sizes)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Plan(test.hosts); !slices.Equal(got, test.want) {
			t.Errorf("%s of %d hosts: %v, want %v", test.sizes, test.hosts, got, test.want)
		}
	}
	if got := (Sizes{}).Plan(7); !slices.Equal(got, []int{7}) {
		t.Errorf("without sizes: %v", got)
	}
	if got := (Sizes{}).Plan(0); got != nil {
		t.Errorf("without sizes and hosts: %v", got)
	}
}

// Every host is in exactly one group, no group is empty, and none but the last is smaller than
// its size says.
func TestPlanCoversEveryHostOnce(t *testing.T) {
	t.Parallel()
	for _, hosts := range []int{0, 1, 2, 3, 7, 99, 100, 101, 1000, 10_000} {
		for _, sizes := range []string{"1", "2", "7", "1,5,25%", "1%", "99%", "100%", "33%", "10000", "1%,99%", "50%,1"} {
			s, err := ParseSizes(sizes)
			if err != nil {
				t.Fatal(err)
			}
			checkPlan(t, s, hosts)
		}
		for percent := 1; percent <= 100; percent++ {
			checkPlan(t, Sizes{[]amount{{percent, true}}}, hosts)
		}
	}
}

func checkPlan(t *testing.T, s Sizes, hosts int) {
	t.Helper()
	plan, total := s.Plan(hosts), 0
	for i, size := range plan {
		total += size
		a := s.list[min(i, len(s.list)-1)]
		least := a.n
		if a.percent {
			least = (a.n*hosts + 99) / 100
		}
		if size < 1 || size > least || size < least && i < len(plan)-1 {
			t.Errorf("%s of %d hosts: group %d has %d hosts, its size is %d", s, hosts, i+1, size, least)
		}
	}
	if total != hosts {
		t.Errorf("%s of %d hosts: the groups have %d", s, hosts, total)
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		budget string
		hosts  int
		want   int
	}{
		{"0", 10_000, 0},
		{"2", 1, 2},
		{"0%", 100, 0},
		{"1%", 99, 0}, // less than a host is no host, and not "no limit"
		{"1%", 100, 1},
		{"1%", 199, 1},
		{"99%", 1, 0},
		{"99%", 100, 99},
		{"100%", 7, 7},
		{"33%", 3, 0},
		{"34%", 3, 1},
		{"10%", 10_000, 1000},
		{"50%", 0, 0},
	} {
		b, err := ParseBudget(test.budget)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Allowed(test.hosts); got != test.want {
			t.Errorf("%s of %d hosts: %d may fail, want %d", test.budget, test.hosts, got, test.want)
		}
	}
}

// A budget is never more than its share, and one host more would be more.
func TestAllowedIsExact(t *testing.T) {
	t.Parallel()
	for hosts := range 1000 {
		for percent := range 101 {
			got := Budget{amount{percent, true}}.Allowed(hosts)
			if got*100 > percent*hosts || (got+1)*100 <= percent*hosts || got > hosts {
				t.Fatalf("%d%% of %d hosts: %d may fail", percent, hosts, got)
			}
		}
	}
}

func TestSpent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		failed, allowed int
		want            bool
	}{{0, 0, false}, {1, 0, true}, {2, 2, false}, {3, 2, true}} {
		if got := Spent(test.failed, test.allowed); got != test.want {
			t.Errorf("%d failed, %d allowed: spent %v", test.failed, test.allowed, got)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "no size", "0": "no hosts", "0%": "no hosts", "1,,2": "comma", ",": "comma", "1,": "comma", "120%": "more than all", "101%": "more than all",
		"-1": "neither", "1.5": "neither", "x": "neither", "%": "neither", "1 ,2": "neither", "+1": "neither", "1%%": "neither", "0x10": "neither",
		"99999999999999999999": "too large", "99999999999999999999%": "too large",
	} {
		if _, err := ParseSizes(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("sizes %q: %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "no number", "-1": "neither", "101%": "more than all", "1,2": "neither", "2.5%": "neither", "all": "neither", "٣": "neither",
		"99999999999999999999": "too large",
	} {
		if _, err := ParseBudget(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("budget %q: %v, want %q", text, err, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"2": "2", "10%": "10% (5 of 50 hosts)", "1%": "1% (0 of 50 hosts)"} {
		b, err := ParseBudget(text)
		if got := b.Describe(50); err != nil || got != want {
			t.Errorf("%s: %q, want %q (%v)", text, got, want, err)
		}
	}
}

func TestParseAnswer(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]Answer{
		"continue\n": Continue, "c": Continue, "C\r\n": Continue, "y": Continue, "yes": Continue,
		"stop": Stop, "s": Stop, "n": Stop, "no": Stop,
		"all": All, "a": All, "hosts": ShowHosts, " h ": ShowHosts,
		"": Unclear, "\n": Unclear, "  ": Unclear, "q": Unclear, "continued": Unclear, "yesno": Unclear, ",": Unclear,
	} {
		if got := ParseAnswer(line); got != want {
			t.Errorf("%q: %d, want %d", line, got, want)
		}
	}
}

// What is read is written in the same way, and its plans hold what they promise.
func FuzzSizes(f *testing.F) {
	for _, text := range []string{"1,5,25%", "1", "100%", "0", "1,,2", "007", ""} {
		f.Add(text, uint16(100))
	}
	f.Fuzz(func(t *testing.T, text string, hosts uint16) {
		s, err := ParseSizes(text)
		if err != nil {
			if len(s.list) > 0 {
				t.Errorf("%q: an error, and sizes %v", text, s)
			}
			return
		}
		if again, err := ParseSizes(s.String()); err != nil || !slices.Equal(again.list, s.list) {
			t.Errorf("%q is written as %q, which is %v, %v", text, s, again, err)
		}
		checkPlan(t, s, int(hosts))
	})
}

func FuzzBudget(f *testing.F) {
	for _, text := range []string{"0", "10%", "101%", "-1", ""} {
		f.Add(text, uint16(100))
	}
	f.Fuzz(func(t *testing.T, text string, hosts uint16) {
		b, err := ParseBudget(text)
		if err != nil {
			return
		}
		if again, err := ParseBudget(b.String()); err != nil || again != b {
			t.Errorf("%q is written as %q, which is %v, %v", text, b, again, err)
		}
		if n := b.Allowed(int(hosts)); n < 0 || b.allowed.percent && n > int(hosts) {
			t.Errorf("%q of %d hosts: %d may fail", text, hosts, n)
		}
	})
}
