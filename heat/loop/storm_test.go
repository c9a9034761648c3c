package loop

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/heat/checker"
)

// TestNoStorm runs heat for ten minutes beside a service that no recovery
// helps for long, and counts the recoveries.
func TestNoStorm(t *testing.T) {
	tests := []struct {
		name, args string
		goodAfter  bool // the check after each recovery is good
		most       int
	}{
		{"the shortest window", "-i 30 --threshold 1 --recovery ./recover", false, 21},
		{"a window of a millisecond", "-i 30 --threshold 1 --recovery-timeout 0.001 --recovery ./recover", false, 21},
		{"fast checks", "-i 0.1 --min-recovery-gap 30 --threshold 2 --recovery ./recover", false, 21},
		{"a signal as the repair", "-i 30 --threshold 1 --pid 1 --fault-signal HUP", false, 21},
		{"good for one check", "-i 30 --threshold 1 --recovery ./recover", true, 21},
		{"good for one check, fast", "-i 0.1 --failing-interval 0.05 --threshold 1 --min-recovery-gap 1m --recovery ./recover", true, 11},
		{"good for one check, backoff", "-i 1 --threshold 1 --backoff 1m --recovery ./recover", true, 4},
		{"dry run", "-i 30 --dry-run --threshold 1 --recovery ./recover", false, 21},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				t.Helper()
				w := newWorld(t, 0, append(strings.Fields(tt.args), "true")...)
				before := 0
				w.check = func(int) (checker.Report, time.Duration) {
					if w.loop.Now() > 10*time.Minute {
						w.signals <- syscall.SIGTERM
					}
					if n := len(w.did); tt.goodAfter && n > before {
						before = n
						return good(), time.Millisecond
					}
					return bad(1), time.Millisecond
				}
				w.loop.Run()
				if n := len(w.did) + strings.Count(w.err.String(), ": would run"); n > tt.most || n < tt.most-2 {
					t.Errorf("%d recoveries in ten minutes, want %d at most", n, tt.most)
				}
				if n := strings.Count(w.err.String(), "--backoff makes one"); n > 1 {
					t.Errorf("the lack of a backoff is reported %d times", n)
				}
			})
		})
	}
}
