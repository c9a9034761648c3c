package proc

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestForbidCore looks at a process of its own: what it forbids cannot be allowed again.
func TestForbidCore(t *testing.T) {
	if os.Getenv("PROC_TEST_CORE") == "" {
		t.Parallel()
		cmd := exec.Command(os.Args[0], "-test.run=^TestForbidCore$", "-test.v")
		cmd.Env = append(os.Environ(), "PROC_TEST_CORE=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	if before, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || before == 0 {
		t.Fatalf("dumpable %d before, %v", before, err)
	}
	if err := ForbidCore(); err != nil {
		t.Fatal(err)
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil || dumpable != 0 {
		t.Errorf("dumpable %d, %v", dumpable, err)
	}
	if out, err := exec.Command("sh", "-c", "ulimit -c; ulimit -Hc").Output(); err != nil || string(out) != "0\n0\n" {
		t.Errorf("a child's limits of a core dump: %q, %v", out, err)
	}
}
