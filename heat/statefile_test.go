package heat

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"clsh/heat/checker"
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
		w.loop.run()
		// The first check, two failures and the success after them, and a
		// minute later the counters.
		if want := []int{2, 11, 12, 13, 73}; !slices.Equal(replaced, want) {
			t.Errorf("written before the checks %v, want %v", replaced, want)
		}
		in, err := readState("state")
		if err != nil || in.Checks["ok"] != 98 || in.Checks["failed"] != 2 {
			t.Errorf("at the end the counters are %v, %v", in.Checks, err)
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
		w.loop.run()
	})
}
