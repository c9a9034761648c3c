package heat

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/heat/policy"
	"clsh/heat/state"
	"clsh/runner/sshtest"
)

// TestExposition checks that the files of several heats are valid together, as
// in a collector's directory: no series twice, and one type and help for each
// metric.
func TestExposition(t *testing.T) {
	var all []string
	for _, name := range []string{"db", `w"e\b`, "世界", ""} {
		file := filepath.Join(t.TempDir(), "metrics")
		store := state.New(state.Files{Metrics: file, Check: name}, t.Logf)
		for n := range 20 {
			store.Checked(policy.Good, policy.Result{End: time.Duration(n) * time.Second}, 0)
		}
		store.Recovery(true)
		store.Save(policy.State{}, 0)
		for _, lane := range store.Lanes() {
			<-lane.Settled(patience)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	checkExposition(t, all)
}

// TestExpositionOfTwoHeats does so with the files that two processes write, one of which repairs,
// and with what the text file collector makes of them.
func TestExpositionOfTwoHeats(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script(t, dir, "recover", "touch good")
	repairs := start(t, dir, "-i", "0.05", "--name", `b "\ 世界`, "--metrics", "b.prom", "--threshold", "1", "--recovery", "./recover", "test -e good")
	eventually(t, "it is repaired", func() bool { return repairs.out.lines("OK") > 0 })
	repairs.signal(syscall.SIGTERM)
	repairs.wait()
	if code := start(t, dir, "--once", "--name", "a", "--metrics", "a.prom", "true").wait(); code != 0 {
		t.Fatal("exit status", code)
	}
	all := []string{repairs.file("a.prom"), repairs.file("b.prom")}
	checkExposition(t, all)
	together := collect(all)
	checkExposition(t, []string{together})
	if !strings.Contains(together, `heat_up{check="a"} 1`) || !strings.Contains(together, `heat_up{check="b \"\\ 世界"} 1`) {
		t.Errorf("together:\n%s", together)
	}
	if !sshtest.Full() {
		return
	}
	need(t, "promtool")
	for _, text := range append(all, together) {
		cmd := exec.Command(sshtest.Program("promtool"), "check", "metrics")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("promtool: %v\n%s\n%s", err, out, text)
		}
	}
}

// collect joins files as the text file collector does: each metric has its head once, and the
// samples of all files.
func collect(files []string) string {
	var order []string
	heads, samples := map[string]string{}, map[string]string{}
	for _, text := range files {
		metric, here := "", map[string]string{}
		for line := range strings.Lines(text) {
			m := headLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
			if m == nil {
				samples[metric] += line
				continue
			}
			if metric = m[2]; here[metric] == "" && heads[metric] == "" {
				order = append(order, metric)
			}
			here[metric] += line
			heads[metric] = here[metric]
		}
	}
	var b strings.Builder
	for _, metric := range order {
		b.WriteString(heads[metric] + samples[metric])
	}
	return b.String()
}

var (
	sampleLine = regexp.MustCompile(`^([a-z_]+)((?:\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\})?) ([0-9.e+-]+|\+Inf)$`)
	headLine   = regexp.MustCompile(`^# (HELP|TYPE) ([a-z_]+) (.+)$`)
)

func checkExposition(t *testing.T, files []string) {
	t.Helper()
	heads, series := map[string]string{}, map[string]bool{}
	for _, text := range files {
		checkHistograms(t, text)
		if !strings.HasSuffix(text, "\n") {
			t.Error("the last line has no end")
		}
		metric, seen := "", map[string]bool{}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if m := headLine.FindStringSubmatch(line); m != nil {
				metric = m[2]
				key := m[1] + " " + metric
				if seen[key] {
					t.Errorf("%s is there twice in a file", key)
				}
				seen[key] = true
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

// checkHistograms checks that each histogram's buckets grow, and that the last one has all.
func checkHistograms(t *testing.T, text string) {
	t.Helper()
	last := map[string]float64{} // by metric and labels but le
	le := regexp.MustCompile(`,?le="[^"]*"`)
	for line := range strings.Lines(text) {
		m := sampleLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			continue
		}
		n, err := strconv.ParseFloat(m[3], 64)
		metric, isBucket := strings.CutSuffix(m[1], "_bucket")
		counts, isCount := strings.CutSuffix(m[1], "_count")
		key := metric + strings.Replace(le.ReplaceAllString(m[2], ""), "{}", "", 1)
		switch {
		case err != nil:
			t.Errorf("%s: %v", line, err)
		case isBucket && n < last[key]:
			t.Errorf("fewer than in the bucket before: %s", line)
		case isBucket:
			last[key] = n
		case isCount && last[counts+m[2]] != n:
			t.Errorf("the last bucket has %v: %s", last[counts+m[2]], line)
		}
	}
}
