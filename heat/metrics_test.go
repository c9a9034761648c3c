package heat

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"clsh/heat/policy"
)

// TestExposition checks that the files of several heats are valid together, as
// in a collector's directory: no series twice, and one type and help for each
// metric.
func TestExposition(t *testing.T) {
	var all []string
	for _, name := range []string{"db", `w"e\b`, "世界", ""} {
		k := newKeeper(&config{label: label{name: name}}, nil)
		for n := range 20 {
			k.checked(policy.Good, policy.Result{End: time.Duration(n) * time.Second}, 0)
		}
		k.recovery(true)
		all = append(all, string(k.metrics(policy.State{})))
	}
	checkExposition(t, all)
}

// TestExpositionOfTwoHeats does so with the files that two processes write.
func TestExpositionOfTwoHeats(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var all []string
	for _, name := range []string{"a", "b"} {
		if code := start(t, dir, "--once", "--name", name, "--metrics", name+".prom", "true").wait(); code != 0 {
			t.Fatal("exit status", code)
		}
		text, err := os.ReadFile(dir + "/" + name + ".prom")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	checkExposition(t, all)
}

var (
	sampleLine = regexp.MustCompile(`^([a-z_]+)((?:\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\})?) ([0-9.e+-]+|\+Inf)$`)
	headLine   = regexp.MustCompile(`^# (HELP|TYPE) ([a-z_]+) (.+)$`)
)

func checkExposition(t *testing.T, files []string) {
	t.Helper()
	heads, series := map[string]string{}, map[string]bool{}
	for _, text := range files {
		if !strings.HasSuffix(text, "\n") {
			t.Error("the last line has no end")
		}
		metric := ""
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if m := headLine.FindStringSubmatch(line); m != nil {
				metric = m[2]
				key := m[1] + " " + metric
				if old, ok := heads[key]; ok && old != m[3] {
					t.Errorf("%s is %q and %q", key, old, m[3])
				}
				heads[key] = m[3]
				continue
			}
			m := sampleLine.FindStringSubmatch(line)
			if m == nil || !strings.HasPrefix(m[1], metric) {
				t.Errorf("not a sample of %s: %s", metric, line)
				continue
			}
			if series[m[1]+m[2]] {
				t.Errorf("%s is there twice", m[1]+m[2])
			}
			series[m[1]+m[2]] = true
			if heads["TYPE "+metric] == "" || heads["HELP "+metric] == "" {
				t.Errorf("%s has no type or no help", metric)
			}
		}
	}
	if len(series) < 20*len(files) {
		t.Errorf("%d series in %d files", len(series), len(files))
	}
}

func TestHistogram(t *testing.T) {
	k := newKeeper(&config{}, nil)
	for _, d := range []time.Duration{0, time.Millisecond * 5, time.Second, time.Hour} {
		k.checked(policy.Good, policy.Result{End: d}, 0)
	}
	text := string(k.metrics(policy.State{}))
	for bound, want := range map[string]int{"0.005": 2, "0.5": 2, "1": 3, "30": 3, "+Inf": 4} {
		if line := fmt.Sprintf("heat_check_duration_seconds_bucket{le=%q} %d\n", bound, want); !strings.Contains(text, line) {
			t.Errorf("lacks %q:\n%s", line, text)
		}
	}
}
