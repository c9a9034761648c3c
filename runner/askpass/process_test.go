package askpass

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func readNumber(t *testing.T, r io.Reader) (n int) {
	t.Helper()
	if _, err := fmt.Fscan(r, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// ignores reports whether a process ignores a signal (proc(5), SigIgn). Where there is no /proc, ps
// knows (ps(1), ignored).
func ignores(pid int, sig syscall.Signal) bool {
	mask := ""
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
		_, rest, _ := strings.Cut(string(text), "\nSigIgn:")
		mask, _, _ = strings.Cut(strings.TrimSpace(rest), "\n")
	} else if text, err := exec.Command("ps", "-o", "ignored=", "-p", fmt.Sprint(pid)).Output(); err == nil {
		mask = strings.TrimSpace(string(text))
	}
	var bits uint64
	_, err := fmt.Sscanf(mask, "%x", &bits)
	return err == nil && bits&(1<<(sig-1)) != 0
}

// zombie reports whether a process has ended.
func zombie(pid int) bool {
	text, err := exec.Command("ps", "-o", "state=", "-p", fmt.Sprint(pid)).Output()
	return err != nil || strings.HasPrefix(strings.TrimSpace(string(text)), "Z")
}
