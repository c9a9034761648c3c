package heat

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"clsh/heat/exit"
	"clsh/heat/failover"
	"clsh/heat/options"
)

// hold is a duration.
func hold(text string) *options.Seconds {
	s := new(options.Seconds)
	if err := s.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return s
}

// switchOf is a switch between a and b.
func switchOf(t *testing.T, over, back string, args ...string) FileCheck {
	t.Helper()
	f := fileCheck(t, "site", nil, append([]string{"-i", "0.05"}, args...)...)
	f.Switch = &failover.Switch{Primary: "a", Secondary: "b", Failover: over, Failback: back, Hold: hold("0.05")}
	return f
}

// A hook that fails is run again, and only its success is a change. What is stored survives a restart.
func TestSwitch(t *testing.T) {
	checks := func() []FileCheck {
		return []FileCheck{
			fileCheck(t, "a", nil, "-i", "0.05", "--threshold", "2", "--on-change", "true", "test ! -e a.down"),
			fileCheck(t, "b", nil, "-i", "0.05", "--threshold", "2", "--on-change", "true", "test ! -e b.down"),
			switchOf(t, "sh -c 'echo $HEAT_CHECK_EVENT $HEAT_CHECK_STATE $HEAT_CHECK_NAME >>moves; test -e may'", "sh -c 'echo $HEAT_CHECK_EVENT >>moves'", "--state", "site.state"),
		}
	}
	h := newHerd(t, checks()...)
	h.touch("b.down")
	h.start()
	eventually(t, "b has failed", func() bool { return h.out.lines(": b: Failed") > 2 && h.out.lines(": a: OK") > 0 })
	h.touch("a.down")
	n := h.out.lines(": a: Failed")
	eventually(t, "a has failed", func() bool { return h.out.lines(": a: Failed") > n+3 })
	if moves := h.file("moves"); moves != "" {
		t.Errorf("both have failed: %s", moves)
	}
	os.Remove("b.down")
	eventually(t, "the failover is tried again", func() bool { return strings.Count(h.file("moves"), "failover secondary site\n") > 1 })
	if h.file("site.state") != "" {
		t.Error("a failover that failed is stored")
	}
	h.touch("may")
	eventually(t, "it is done", func() bool { return strings.Contains(h.file("site.state"), `"side":"secondary"`) })
	h.end()
	moves := h.file("moves")

	again := &herd{t: t, dir: h.dir, out: &printed{complete: make(chan struct{})}, err: h.err, signals: h.signals, code: h.code, checks: checks()}
	again.start()
	eventually(t, "a is still down", func() bool { return again.out.lines(": a: Failed") > 3 })
	if !strings.Contains(again.file("stderr"), "site: the traffic is on b, the secondary\n") || again.file("moves") != moves {
		t.Errorf("after the restart: %s, %s", again.file("stderr"), again.file("moves"))
	}
	os.Remove("a.down")
	eventually(t, "the traffic goes back", func() bool { return strings.Contains(again.file("site.state"), `"side":"primary"`) })
	if got := again.file("moves"); got != moves+"failback\n" {
		t.Errorf("the moves are\n%s", got)
	}
	again.end()
}

// --dry-run moves nothing, and says what it would do; --once leaves a switch out.
func TestSwitchTriedOut(t *testing.T) {
	checks := []FileCheck{fileCheck(t, "a", nil, "-i", "0.05", "false"), fileCheck(t, "b", nil, "-i", "0.05", "true"), switchOf(t, "touch moved", "touch moved")}
	h := newHerd(t, checks...)
	h.start("--dry-run")
	eventually(t, "it would move", func() bool { return strings.Contains(h.file("stderr"), "site: would run touch moved\n") })
	h.end()
	once := newHerd(t, checks...)
	once.start("--once")
	if code := once.wait(); code != 1 || once.file("moved")+h.file("moved") != "" {
		t.Errorf("exit status %d", code)
	}
}

// A file that is no switch's is reported, and the traffic taken to be on the primary.
func TestSwitchWithABrokenState(t *testing.T) {
	h := newHerd(t, fileCheck(t, "a", nil, "-i", "0.05", "true"), fileCheck(t, "b", nil, "-i", "0.05", "true"), switchOf(t, "touch moved", "touch moved", "--state", "site.state"))
	if err := os.WriteFile("site.state", []byte(`{"version":1,"side":"left"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	h.start()
	eventually(t, "that is reported", func() bool {
		return strings.Contains(h.file("stderr"), "site: read state file site.state: it is not the state file of a switch; the traffic is taken to be on the primary\n")
	})
	h.end()
}

func TestWrongSwitches(t *testing.T) {
	a, b := fileCheck(t, "a", nil, "true"), fileCheck(t, "b", nil, "true")
	change := func(f func(*FileCheck)) []FileCheck {
		s := switchOf(t, "true", "true")
		f(&s)
		return []FileCheck{a, b, s}
	}
	for _, tt := range []struct {
		want   string
		checks []FileCheck
	}{
		{"check.site: secondary: is missing", change(func(f *FileCheck) { f.Switch.Secondary = "" })},
		{"check.site: failback: is missing\nhint: failback = \"HOOK\" moves the traffic to the primary", change(func(f *FileCheck) { f.Switch.Failback = "" })},
		{"check.site: primary and secondary are the same check", change(func(f *FileCheck) { f.Switch.Secondary = "a" })},
		{`check.site: "c" is no check of this file`, change(func(f *FileCheck) { f.Switch.Secondary = "c" })},
		{`check.site: "site" is no check of this file, with a command`, change(func(f *FileCheck) { f.Switch.Secondary = "site" })},
		{"check.site: failover: Failed: ./none not executable", change(func(f *FileCheck) { f.Switch.Failover = "./none" })},
		{"check.site: rise 0: must be at least 1", change(func(f *FileCheck) { f.Command.Rise = new(int) })},
		{`check.d: "site" is no check of this file`, append(change(func(*FileCheck) {}), fileCheck(t, "d", []string{"site"}, "true"))},
		{"check.site: b needs a\nhint: the traffic could never go there, as b is unknown while a fails", []FileCheck{
			a, fileCheck(t, "b", []string{"c"}, "true"), fileCheck(t, "c", []string{"a"}, "true"), switchOf(t, "true", "true"),
		}},
	} {
		h := newHerd(t, tt.checks...)
		h.start()
		if code := h.wait(); code != exit.Usage || !strings.Contains(h.file("stderr"), tt.want) || h.out.String() != "" {
			t.Errorf("exit status %d, %s, want %q", code, h.file("stderr"), tt.want)
		}
	}
}

// A heat whose standard output nobody reads any more ends, its switches too, and a signal for a check
// now means nothing to these.
func TestSwitchEndsWithItsReader(t *testing.T) {
	h := newHerd(t, fileCheck(t, "a", nil, "-i", "0.05", "true"), fileCheck(t, "b", nil, "-i", "0.05", "true"), switchOf(t, "true", "true"))
	r, w := pipe(t)
	defer w.Close()
	cmd, err := parse()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		h.code <- MainOf(t.Context(), cmd, h.load, System{Name: "heat", Stdout: w, Stderr: os.Stderr, Environ: os.Environ(), Signals: h.signals})
	}()
	h.signals <- syscall.SIGUSR1
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if code := h.wait(); code != 141 {
		t.Errorf("exit status %d, want 141", code)
	}
}
