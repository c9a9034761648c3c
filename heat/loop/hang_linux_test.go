package loop

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/heat/checker"
	"clsh/heat/worker"

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
				t.Helper()
				w := newWorld(t, 2, append(strings.Fields(tt.args), "--fail", "./fail", "true")...)
				w.check = func(int) (checker.Report, time.Duration) { return bad(1), second }
				w.hook = func(string) (int, time.Duration) { return 0, tt.takes }
				begin := time.Now().Unix() + 1
				w.loop.Run()
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
		{"a check beyond its limit", "-i 10", hangs, 0, [2]time.Duration{30*second + 2*second + worker.Slack, end}},
		{"with another limit", "-i 10 --timeout 50 --kill-after 20", hangs, 0, [2]time.Duration{70*second + worker.Slack, end}},
		{"a check that ends after all", "-i 300", 150 * second, 0, [2]time.Duration{}},
		{"a check without a limit", "-i 10 --timeout 0", hangs, 0, [2]time.Duration{}},
		{"a hook beyond its limit", "-i 10 --hook-timeout 20", 5 * second, hangs, [2]time.Duration{27*second + worker.Slack, end}},
		{"a hook that ends after all", "-i 500 --hook-timeout 20", 5 * second, 100 * second, [2]time.Duration{27*second + worker.Slack, 105 * second}},
		{"a hook without a limit", "-i 10", 5 * second, hangs, [2]time.Duration{}},
		{"between checks", "-i 500", 0, 0, [2]time.Duration{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				t.Helper()
				w := newWorld(t, 0, append(strings.Fields(tt.args), "--fail", "./fail", "true")...)
				w.check = func(int) (checker.Report, time.Duration) { return bad(1), tt.check }
				w.hook = func(string) (int, time.Duration) { return 0, tt.hook }
				// Half a second off whole ones, at which all else happens.
				tick := make(chan time.Time)
				w.loop.Ops.Watchdog = tick
				go func() {
					for d := second / 2; d < end; d += second {
						<-time.After(d - w.loop.Now())
						tick <- time.Time{}
					}
					for range 2 { // the second one ends a hook
						w.signals <- syscall.SIGTERM
					}
				}()
				fed := map[time.Duration]bool{}
				w.loop.Ops.Notify = func(s string) {
					if s == "WATCHDOG=1" {
						fed[w.loop.Now()] = true
					}
				}
				w.loop.Run()
				for d := second / 2; d < end; d += second {
					if want := d < tt.hungry[0] || d > tt.hungry[1]; fed[d] != want {
						t.Errorf("at %v fed: %v", d, fed[d])
					}
				}
			})
		})
	}
}
