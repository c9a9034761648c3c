package proc

import (
	"os"
	"os/exec"
	"testing"
)

// TestManyWithoutThreads: waiting for children takes no thread for each.
func TestManyWithoutThreads(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	const n = 200
	var all [n]*Process
	for i := range all {
		cmd := exec.Command("cat")
		cmd.Stdin = r
		if all[i], err = Start(cmd); err != nil {
			t.Fatal(err)
		}
	}
	r.Close()
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil || len(threads) > 60 {
		t.Errorf("%d threads wait for %d children (%v)", len(threads), n, err)
	}
	w.Close()
	for _, p := range all {
		p.Wait()
	}
}
