package heat

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// waits returns how often the threads of a process have begun to wait.
func waits(t *testing.T, pid int) (n int) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("the threads of %d: %v, %v", pid, tasks, err)
	}
	for _, name := range tasks {
		text, _ := os.ReadFile(name) // a thread may have ended
		for line := range bytes.Lines(text) {
			if count, ok := bytes.CutPrefix(line, []byte("voluntary_ctxt_switches:")); ok {
				k, err := strconv.Atoi(string(bytes.TrimSpace(count)))
				if err != nil {
					t.Fatal(err)
				}
				n += k
			}
		}
	}
	return n
}

// TestWakingsOfACheck counts how often heat's and its helper's threads wait
// for something, which is how often they are woken and most of what a check
// costs. Four of heat's and six of the helper's are needed; with the runtime's
// monitor thread awake there are more than twenty. What a busy machine adds
// goes away with patience: the best ten checks count.
func TestWakingsOfACheck(t *testing.T) {
	t.Parallel()
	const window, bound = 10, 15
	r := start(t, t.TempDir(), "-i", "0.05", "--state", "state", "/bin/true")
	eventually(t, "the helper runs", func() bool { return r.out.lines("OK") > 3 })
	heat, helper := r.cmd.Process.Pid, helperOf(t, r.cmd.Process.Pid)
	best := 1000.0
	for deadline := time.Now().Add(2 * patience); best > bound && time.Now().Before(deadline); {
		checks, n := r.out.lines("OK"), waits(t, heat)+waits(t, helper)
		eventually(t, "ten more checks have run", func() bool { return r.out.lines("OK") >= checks+window })
		checks, n = r.out.lines("OK")-checks, waits(t, heat)+waits(t, helper)-n
		best = min(best, float64(n)/float64(checks))
	}
	if best > bound {
		t.Errorf("%.1f wakings a check, want at most %d", best, bound)
	}
	t.Logf("%.1f wakings a check", best)
	r.signal(syscall.SIGTERM)
	r.wait()
}
