package loop

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"clsh/heat/checker"

	"github.com/google/go-cmp/cmp"
)

// TestStateIsWrittenWhenItChanges looks at the state file before each check:
// it is another file (each write is a rename) only after a check that changed
// what a restart needs, and once a minute for the counters.
func TestStateIsWrittenWhenItChanges(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 101, "-i", "1", "--state", "state", "true")
		var replaced []int // the checks before which the file was written
		var last os.FileInfo
		w.check = func(n int) (checker.Report, time.Duration) {
			synctest.Wait() // until what is being written is
			if info, err := os.Stat("state"); err == nil && (last == nil || !os.SameFile(last, info)) {
				replaced = append(replaced, n)
				// Held by another name, so that its inode number is not used again.
				_ = os.Remove("held")
				if err := os.Link("state", "held"); err != nil {
					t.Fatal(err)
				}
				last = info
			}
			if n == 10 || n == 11 {
				return bad(7), 0
			}
			return good(), 0
		}
		w.loop.Run()
		// The first check, two failures and the success after them, and a
		// minute later the counters.
		if want := []int{2, 11, 12, 13, 73}; !slices.Equal(replaced, want) {
			t.Errorf("written before the checks %v, want %v", replaced, want)
		}
		text, err := os.ReadFile("state")
		if err != nil || !strings.Contains(string(text), `"checks":{"failed":2,"ok":98}`) {
			t.Errorf("at the end the state is %s, %v", text, err)
		}
	})
}

// TestStateIsWrittenAgainAfterAnError has a directory appear in which the state
// file can be written; no check has changed anything but a counter by then.
func TestStateIsWrittenAgainAfterAnError(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		name := filepath.Join("none", "state")
		w := newWorld(t, 6, "-i", "1", "--state", name, "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			synctest.Wait()
			_, err := os.Stat(name)
			switch {
			case n == 3:
				_ = os.Mkdir("none", 0o755)
			case n > 3 && err != nil:
				t.Errorf("before check %d: %v", n, err)
			}
			return good(), 0
		}
		w.loop.Run()
	})
}

func TestStateSurvives(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		args := []string{"-i", "1", "--state", "state", "--metrics", "m.prom", "--fail", "./fail", "--threshold", "3", "--recovery", "./recover", "true"}
		allBad := func(int) (checker.Report, time.Duration) { return bad(7), 0 }
		w := newWorld(t, 3, args...)
		w.check = allBad
		w.loop.Run() // two failures are counted, the third check is stopped
		// The third failure is the first of this heat. Its fail script is
		// interrupted, so that the recovery is not begun.
		w = newWorld(t, 0, args...)
		w.check = allBad
		w.hook = func(string) (int, time.Duration) { w.signals <- syscall.SIGTERM; return 0, second }
		if code := w.loop.Run(); code != 143 || len(w.did) != 1 {
			t.Errorf("exit status %d, did %q", code, w.did)
		}
		w = newWorld(t, 3, args...)
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 2 {
				return good(), 0
			}
			return bad(7), 0
		}
		w.loop.Run()
		if diff := cmp.Diff([]string{"0s ./fail", "0s ./recover"}, w.did); diff != "" {
			t.Errorf("done: -want +got:\n%s", diff)
		}
		if !strings.Contains(w.err.String(), "recovered after 1 recovery, 4 failed checks") {
			t.Errorf("standard error: %s", w.err.String())
		}
		text, err := os.ReadFile("m.prom")
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			"heat_up 1", `heat_checks_total{result="failed"} 4`, `heat_checks_total{result="ok"} 1`, "heat_consecutive_failures 0",
			`heat_recoveries_total{result="proven"} 1`, `heat_check_duration_seconds_bucket{le="0.005"} 5`, "heat_check_duration_seconds_count 5",
		} {
			if !strings.Contains(string(text), line+"\n") {
				t.Errorf("metrics lack %q:\n%s", line, text)
			}
		}
	})
}
