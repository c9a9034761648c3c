package heat

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/heat/checker"

	"github.com/google/go-cmp/cmp"
)

// A hook that never returns is reported: every ten intervals, or with --hook-timeout when even
// SIGKILL has not ended it.
func TestAHookThatNeverReturns(t *testing.T) {
	for _, tt := range []struct {
		args   string
		takes  time.Duration
		report []int // seconds after its start
	}{
		{"-i 2", 65 * second, []int{20, 40, 60}},
		{"-i 2", 19 * second, nil},
		{"-i 7", 75 * second, []int{70}},
		{"-i 2 --hook-timeout 30 --kill-after 3", 80 * second, []int{38, 76}},
		{"-i 2 --hook-timeout 30", 36 * second, nil},
	} {
		t.Run(fmt.Sprint(tt.args, ", ", tt.takes), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, 2, append(strings.Fields(tt.args), "--fail", "./fail", "true")...)
				w.check = func(int) (checker.Report, time.Duration) { return bad(1), second }
				w.hook = func(string) (int, time.Duration) { return 0, tt.takes }
				begin := time.Now().Unix() + 1
				w.loop.run()
				want := ""
				for _, after := range tt.report {
					want += fmt.Sprintf("%d: ./fail is still running after %v\n", begin+int64(after), time.Duration(after)*second)
				}
				if diff := cmp.Diff(want, w.err.String()); diff != "" {
					t.Errorf("standard error: -want +got:\n%s", diff)
				}
			})
		})
	}
}

// The watchdog is fed while heat, a check and a hook keep to their limits: what a limit and
// --kill-after allow, and slack. It is not fed while one of them does not.
func TestTheWatchdogStarves(t *testing.T) {
	const hangs, end = 1000 * second, 200 * second
	for _, tt := range []struct {
		name, args  string
		check, hook time.Duration
		hungry      [2]time.Duration // not fed in between
	}{
		{"a check beyond its limit", "-i 10", hangs, 0, [2]time.Duration{30*second + 2*second + slack, end}},
		{"with another limit", "-i 10 --timeout 50 --kill-after 20", hangs, 0, [2]time.Duration{70*second + slack, end}},
		{"a check that ends after all", "-i 300", 150 * second, 0, [2]time.Duration{}},
		{"a check without a limit", "-i 10 --timeout 0", hangs, 0, [2]time.Duration{}},
		{"a hook beyond its limit", "-i 10 --hook-timeout 20", 5 * second, hangs, [2]time.Duration{27*second + slack, end}},
		{"a hook that ends after all", "-i 500 --hook-timeout 20", 5 * second, 100 * second, [2]time.Duration{27*second + slack, 105 * second}},
		{"a hook without a limit", "-i 10", 5 * second, hangs, [2]time.Duration{}},
		{"between checks", "-i 500", 0, 0, [2]time.Duration{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, 0, append(strings.Fields(tt.args), "--fail", "./fail", "true")...)
				w.check = func(int) (checker.Report, time.Duration) { return bad(1), tt.check }
				w.hook = func(string) (int, time.Duration) { return 0, tt.hook }
				// Half a second off whole ones, at which all else happens.
				tick := make(chan time.Time)
				w.loop.hands.watchdog = tick
				go func() {
					for d := second / 2; d < end; d += second {
						<-time.After(d - w.loop.now())
						tick <- time.Time{}
					}
					for range 2 { // the second one ends a hook
						w.signals <- syscall.SIGTERM
					}
				}()
				fed := map[time.Duration]bool{}
				w.loop.hands.notify = func(s string) {
					if s == "WATCHDOG=1" {
						fed[w.loop.now()] = true
					}
				}
				w.loop.run()
				for d := second / 2; d < end; d += second {
					if want := d < tt.hungry[0] || d > tt.hungry[1]; fed[d] != want {
						t.Errorf("at %v fed: %v", d, fed[d])
					}
				}
			})
		})
	}
}

// stubborn is a check that notes SIGTERM and ends when the file let is there.
const stubborn = `trap "echo term >>steps" TERM
echo up >>steps
until test -e let; do sleep 0.1; done
echo let >>steps`

// TestKillAfter has two checks that ignore SIGTERM. When the one with the default --kill-after
// has been killed, the other one, which got SIGTERM before it, is still there.
func TestKillAfter(t *testing.T) {
	t.Parallel()
	mark, patient, hasty := newMark(t), t.TempDir(), t.TempDir()
	script(t, patient, "check", "export TORTURE="+mark+"\n"+stubborn)
	script(t, hasty, "check", stubborn)
	r := start(t, patient, "-i", "60", "--timeout", "2", "--kill-after", "60", "-s", "./check")
	eventually(t, "it has got SIGTERM", func() bool { return r.file("steps") == "up\nterm\n" })
	h := start(t, hasty, "-i", "60", "--timeout", "2", "-s", "./check")
	eventually(t, "the other one is killed", func() bool { return h.out.lines("Failed: Exit Code 124") == 1 })
	if h.file("steps") != "up\nterm\n" {
		t.Errorf("steps of the other one: %q", h.file("steps"))
	}
	if n := len(marked(t, mark)); n == 0 || r.out.String() != "" {
		t.Errorf("%d processes are left, console: %s", n, r.out)
	}
	if err := os.WriteFile(filepath.Join(patient, "let"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it has ended by itself", func() bool { return r.out.lines("Failed: Exit Code 124") == 1 })
	if got := r.file("steps"); got != "up\nterm\nlet\n" || len(marked(t, mark)) > 0 {
		t.Errorf("steps %q, %d processes left", got, len(marked(t, mark)))
	}
}

// TestKillAfterOfAHook: --kill-after holds for hooks, at --hook-timeout and at a second signal.
func TestKillAfterOfAHook(t *testing.T) {
	t.Parallel()
	mark, dir := newMark(t), t.TempDir()
	script(t, dir, "fail", "export TORTURE="+mark+"\n"+stubborn)
	r := start(t, dir, "-i", "60", "--hook-timeout", "2", "--kill-after", "0.1", "--fail", "./fail", "false")
	eventually(t, "it is killed", func() bool { return r.err.lines("./fail, exit code 124: ended at --hook-timeout") == 1 })
	if r.file("steps") != "up\nterm\n" || len(marked(t, mark)) > 0 {
		t.Errorf("steps %q, %d processes left", r.file("steps"), len(marked(t, mark)))
	}

	again := t.TempDir()
	script(t, again, "fail", "export TORTURE="+mark+"\n"+stubborn)
	r = start(t, again, "-i", "60", "--kill-after", "60", "--fail", "./fail", "false")
	eventually(t, "it runs", func() bool { return r.file("steps") == "up\n" })
	eventually(t, "a second signal reaches it", func() bool {
		r.signal(syscall.SIGTERM)
		return strings.Contains(r.file("steps"), "term\n")
	})
	if err := os.WriteFile(filepath.Join(again, "let"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it has ended by itself", func() bool { return strings.HasSuffix(r.file("steps"), "let\n") })
}
