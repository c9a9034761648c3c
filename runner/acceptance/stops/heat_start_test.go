package stops

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// TestHeatSignalledAtItsStart sends SIGTERM to heats that have just begun. Until the program's
// main runs, nothing but the signal's default action can meet it: heat(1) says so. Such a heat
// has done nothing. One that has done anything, here taken its lock, has handlers.
func TestHeatSignalledAtItsStart(t *testing.T) {
	t.Parallel()
	n := 20
	if sshtest.Full() {
		n = 300
	}
	dir, mark := t.TempDir(), sshtest.Mark()
	for name, begun := range map[string]bool{"after exec": false, "after the first file": true} {
		killed := 0
		for i := range n {
			lock := filepath.Join(dir, name+strconv.Itoa(i))
			cmd := exec.Command("heat", "-i", "60", "--lock", lock, "sleep", "1000")
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "MARK="+mark, "GORACE=atexit_sleep_ms=0")
			if err := cmd.Start(); err != nil { // returns after the exec
				t.Fatal(err)
			}
			for limit := time.Now().Add(sshtest.Limit); begun && time.Now().Before(limit); runtime.Gosched() {
				if _, err := os.Stat(lock); err == nil {
					break
				}
			}
			_ = cmd.Process.Signal(syscall.SIGTERM)
			err := cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("%s: %v", name, err)
			}
			byDefault := exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGTERM
			if byDefault {
				killed++
			}
			_, err = os.Stat(lock)
			if done := err == nil; byDefault && (begun || done) || !byDefault && exit.ExitCode() != 143 {
				t.Errorf("%s: %v, it has begun: %v", name, exit, done)
			}
		}
		t.Logf("%s: SIGTERM's default action met %d of %d", name, killed, n)
	}
	sshtest.WaitGone(t, mark)
}
