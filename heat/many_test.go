package heat

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"clsh/heat/exit"
	"clsh/heat/options"
	"clsh/runner/sshtest"
)

// A herd is a heat of several checks in this process.
type herd struct {
	t       *testing.T
	dir     string
	out     *printed
	err     string // a file
	signals chan os.Signal
	code    chan int

	mu     sync.Mutex
	checks []FileCheck
	broken error
}

// fileCheck is a check with the options of a command line.
func fileCheck(t *testing.T, name string, needs []string, args ...string) FileCheck {
	t.Helper()
	cmd, err := parse(args...)
	if err != nil {
		t.Fatal(err)
	}
	return FileCheck{Name: name, Needs: needs, Settings: strings.Join(args, " ") + strings.Join(needs, ","), Command: cmd}
}

// newHerd makes one in a directory of its own, which is the working directory.
func newHerd(t *testing.T, checks ...FileCheck) *herd {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	return &herd{
		t: t, dir: dir, out: &printed{complete: make(chan struct{})}, err: filepath.Join(dir, "stderr"), signals: make(chan os.Signal), code: make(chan int, 1),
		checks: checks,
	}
}

func (h *herd) load() ([]FileCheck, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.checks, h.broken
}

// start starts it with the options of a command line.
func (h *herd) start(args ...string) {
	h.t.Helper()
	cmd, err := parse(args...)
	if err != nil {
		h.t.Fatal(err)
	}
	stderr, err := os.Create(h.err)
	if err != nil {
		h.t.Fatal(err)
	}
	go func() {
		defer stderr.Close()
		h.code <- MainOf(context.Background(), cmd, h.load, System{
			Name: "heat", Stdout: h.out, Stderr: stderr, Environ: append(os.Environ(), "GORACE=atexit_sleep_ms=0"), Signals: h.signals,
		})
	}()
	h.t.Cleanup(func() {
		if h.t.Failed() {
			h.t.Logf("stdout:\n%sstderr:\n%s", h.out, h.file("stderr"))
		}
	})
}

func (h *herd) wait() int {
	h.t.Helper()
	select {
	case code := <-h.code:
		return code
	case <-time.After(patience):
		h.t.Fatal("heat does not end")
		return 0
	}
}

func (h *herd) end() {
	h.t.Helper()
	h.signals <- syscall.SIGTERM
	if code := h.wait(); code != 143 {
		h.t.Errorf("exit status %d, want 143", code)
	}
}

// reload has the checks replaced, and waits until that is reported.
func (h *herd) reload(report string, broken error, checks ...FileCheck) {
	h.t.Helper()
	h.mu.Lock()
	h.checks, h.broken = checks, broken
	h.mu.Unlock()
	h.signals <- syscall.SIGHUP
	eventually(h.t, report, func() bool { return strings.Contains(h.file("stderr"), report) })
}

func (h *herd) file(name string) string {
	b, _ := os.ReadFile(filepath.Join(h.dir, name))
	return string(b)
}

func (h *herd) touch(name string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), nil, 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// web needs db, and is asked three times as often, at a threshold of one. When both go down at once,
// db alone is repaired; when web goes down, web is.
func TestADependentIsNotRepairedForItsParent(t *testing.T) {
	h := newHerd(t,
		fileCheck(t, "db", nil, "-i", "0.3", "--threshold", "2", "--recovery", "sh -c 'echo >>db.repairs'", "--recovered", "rm db.repairs", "test ! -e db.down"),
		fileCheck(t, "web", []string{"db"}, "-i", "0.1", "--threshold", "1", "--recovery", "sh -c 'echo >>web.repairs'", "test ! -e db.down -a ! -e web.down"),
		fileCheck(t, "front", []string{"web"}, "-i", "0.1", "--threshold", "1", "--recovery", "sh -c 'echo >>front.repairs'", "test ! -e db.down"),
	)
	h.start()
	eventually(t, "all are good", func() bool {
		return h.out.lines(": db: OK") > 1 && h.out.lines(": web: OK") > 1 && h.out.lines(": front: OK") > 1
	})
	h.touch("db.down")
	eventually(t, "db is repaired three times", func() bool { return strings.Count(h.file("db.repairs"), "\n") >= 3 })
	if h.file("web.repairs")+h.file("front.repairs") != "" {
		t.Error("web or front is repaired for db's fault")
	}
	for _, line := range []string{": web: Unknown: needs db\n", ": front: Unknown: needs db\n"} {
		if !strings.Contains(h.out.String(), line) {
			t.Errorf("no line %q", line)
		}
	}
	good := h.out.lines(": web: OK")
	os.Remove("db.down")
	eventually(t, "web goes on", func() bool { return h.out.lines(": web: OK") > good })
	if h.file("web.repairs")+h.file("front.repairs") != "" {
		t.Error("web or front was repaired for db's fault")
	}
	h.touch("web.down")
	eventually(t, "web is repaired", func() bool { return h.file("web.repairs") != "" })
	h.end()
}

// A reload keeps what has not changed, its counts included.
func TestReload(t *testing.T) {
	keep := fileCheck(t, "keep", nil, "-i", "0.05", "--threshold", "1000", "--on-change", "true", "--state", "states/", "false")
	change := fileCheck(t, "change", nil, "-i", "0.05", "true")
	h := newHerd(t, keep, change, fileCheck(t, "remove", nil, "-i", "0.05", "true"))
	if err := os.Mkdir("states", 0o700); err != nil {
		t.Fatal(err)
	}
	h.start()
	eventually(t, "all run", func() bool {
		return h.out.lines(": keep: Failed") > 1 && h.out.lines(": change: OK") > 0 && h.out.lines(": remove: OK") > 0
	})
	h.reload("reload: nothing has changed: check.new: needs \"none\"", nil, keep, change, fileCheck(t, "new", []string{"none"}, "true"))
	h.reload("reload: nothing has changed: no such file", errors.New("no such file"))
	changed := fileCheck(t, "change", nil, "-i", "0.05", "sh", "-c", "exit 4")
	h.reload("reload: 1 added, 1 changed, 1 removed, 1 unchanged", nil, keep, changed, fileCheck(t, "add", nil, "-i", "0.05", "sh", "-c", "exit 5"))
	eventually(t, "the new ones run", func() bool {
		return h.out.lines(": change: Failed: Exit Code 4") > 0 && h.out.lines(": add: Failed: Exit Code 5") > 0
	})
	removed := h.out.lines(": remove: OK")
	adds := h.out.lines(": add: Failed")
	eventually(t, "more checks run", func() bool { return h.out.lines(": add: Failed") > adds+3 })
	if n := h.out.lines(": remove: OK"); n > removed {
		t.Errorf("the removed check ran %d times more", n-removed)
	}
	h.end()
	var streak int
	if _, text, ok := strings.Cut(h.file("states/keep"), `"row":{"count":`); ok {
		for _, c := range text {
			if c < '0' || c > '9' {
				break
			}
			streak = 10*streak + int(c-'0')
		}
	}
	if checks := h.out.lines(": keep: Failed"); streak != checks {
		t.Errorf("%d failures in a row are stored, %d were shown: a reload lost some", streak, checks)
	}
}

// One that gives up, or cannot be started, leaves the others running.
func TestOneThatEnds(t *testing.T) {
	h := newHerd(t,
		fileCheck(t, "ends", nil, "-i", "0.02", "--threshold", "1", "--recovery", "true", "--max-recoveries", "1", "--min-recovery-gap", "0.001", "false"),
		fileCheck(t, "goes-on", nil, "-i", "0.02", "true"),
		fileCheck(t, "gone", nil, "-i", "0.02", "./gone"),
	)
	script(t, h.dir, "gone", "exit 6")
	h.start()
	eventually(t, "one gives up", func() bool { return strings.Contains(h.file("stderr"), "ends: giving up after 1 recovery") })
	eventually(t, "gone runs", func() bool { return h.out.lines(": gone: Failed: Exit Code 6") > 0 })
	os.Remove("gone")
	eventually(t, "gone cannot run", func() bool { return h.out.lines(": gone: Failed: Exit Code 127") > 1 })
	n := h.out.lines(": goes-on: OK")
	eventually(t, "the other goes on", func() bool { return h.out.lines(": goes-on: OK") > n+2 })
	h.end()
}

// --once runs each check once; the exit status is the worst, and what is needed is waited for.
func TestOnceOfMany(t *testing.T) {
	h := newHerd(t,
		fileCheck(t, "a", []string{"b"}, "false"), fileCheck(t, "b", nil, "sh", "-c", "sleep 0.2; exit 9"), fileCheck(t, "c", nil, "sh", "-c", "exit 4"),
		fileCheck(t, "d", nil, "--threshold", "1", "--recovery", "touch repaired", "false"),
	)
	h.start("--once")
	if code := h.wait(); code != 9 {
		t.Errorf("exit status %d, want 9", code)
	}
	if h.out.lines("\n") != 4 || h.out.lines(": a: Unknown: needs b\n") != 1 || h.file("repaired") != "" {
		t.Errorf("%s", h.out)
	}
}

// Every check of a file runs, however many there are: 500 with --full.
func TestHowManyChecks(t *testing.T) {
	counts := []int{1, 10, 50}
	if sshtest.Full() {
		counts = append(counts, 500)
	}
	for _, n := range counts {
		var checks []FileCheck
		for i := range n {
			checks = append(checks, fileCheck(t, fmt.Sprintf("c%d", i), nil, "true"))
		}
		h := newHerd(t, checks...)
		h.start("--once")
		for good := 0; good < n; { // a slow machine may take minutes for all of them
			before := good
			eventually(t, "another check is good", func() bool { good = h.out.lines(": OK\n"); return good > before })
		}
		if code := h.wait(); code != 0 || h.out.lines(": OK\n") != n {
			t.Errorf("%d checks: exit status %d, %d are good, %s", n, code, h.out.lines(": OK\n"), h.file("stderr"))
		}
	}
}

func TestWrongChecks(t *testing.T) {
	for _, tt := range []struct {
		want   string
		checks []FileCheck
	}{
		{"there are no checks", nil},
		{"check.a b: a name has letters", []FileCheck{fileCheck(t, "a b", nil, "true")}},
		{"check.a: no check given", []FileCheck{fileCheck(t, "a", nil)}},
		{"check.a: --threshold: needs --recovery", []FileCheck{fileCheck(t, "a", nil, "--threshold", "1", "true")}},
		{"check.a: until-ok and within are for the command line", []FileCheck{fileCheck(t, "a", nil, "--until-ok", "1", "--within", "5", "true")}},
		{"check.b: x is the file of check.a already", []FileCheck{fileCheck(t, "a", nil, "--state", "x", "true"), fileCheck(t, "b", nil, "--metrics", "x", "true")}},
		{"checks need each other: a needs b needs a", []FileCheck{fileCheck(t, "a", []string{"b"}, "true"), fileCheck(t, "b", []string{"a"}, "true")}},
		{`check.a: needs "x", which is no check`, []FileCheck{fileCheck(t, "a", []string{"x"}, "true")}},
	} {
		h := newHerd(t, tt.checks...)
		h.start()
		if code := h.wait(); code != exit.Usage || !strings.Contains(h.file("stderr"), tt.want) || h.out.String() != "" {
			t.Errorf("exit status %d, %s, want %q", code, h.file("stderr"), tt.want)
		}
	}
}

// The checks are spread over the interval.
func TestChecksAreSpread(t *testing.T) {
	t.Parallel()
	m := &many{command: &options.Command{}}
	for i, want := range []time.Duration{0, 2 * time.Second, 4 * time.Second} {
		cfg, err := m.config(fileCheck(t, "a", nil, "-i", "6", "true"), i, 3)
		if err != nil || cfg.Delay != want {
			t.Errorf("check %d begins after %v, %v", i, cfg.Delay, err)
		}
	}
	for i, want := range map[int]time.Duration{9: 0, 13: 50 * time.Millisecond, 199: 950 * time.Millisecond} {
		cfg, err := m.config(fileCheck(t, "a", nil, "-i", "1", "true"), i, 200)
		if err != nil || cfg.Delay != want || cfg.Tick != tick {
			t.Errorf("check %d of 200 begins after %v, %v", i, cfg.Delay, err)
		}
	}
	if cfg, err := m.config(fileCheck(t, "a", nil, "--delay", "1", "true"), 2, 3); err != nil || cfg.Delay != time.Second {
		t.Errorf("%v, %v", cfg.Delay, err)
	}
}
