package heat

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// startInNamespace starts heat as PID 1 of a PID namespace, with a /proc of
// its own or the outer one, and returns its number outside.
func startInNamespace(t *testing.T, dir string, ownProc bool, args ...string) (r *running, pid int) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root for a PID namespace")
	}
	need(t, "unshare")
	cmd := command(t, dir, 0, args...)
	name := filepath.Join(t.TempDir(), "heat")
	if err := os.Symlink(cmd.Path, name); err != nil {
		t.Fatal(err)
	}
	words := []string{"unshare", "--pid", "--fork", "--kill-child=KILL"}
	if ownProc {
		words = append(words, "--mount-proc")
	}
	cmd.Path, cmd.Args = "/usr/bin/unshare", append(append(words, name), args...)
	r = startCmd(t, cmd)
	eventually(t, "PID 1 runs", func() bool {
		pid = childOf(cmd.Process.Pid)
		exe, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		return pid != 0 && strings.HasPrefix(string(exe), name)
	})
	return r, pid
}

// childOf returns the number of a child of a process, or 0. Each thread has children of its own.
func childOf(pid int) int {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		text, _ := os.ReadFile(task)
		first, _, _ := strings.Cut(string(text), " ")
		if n, err := strconv.Atoi(first); err == nil {
			return n
		}
	}
	return 0
}

// TestForeignProc runs heat in a PID namespace that sees the /proc of another
// one, in which each number is a stranger's.
func TestForeignProc(t *testing.T) {
	t.Parallel()
	dir, service, check := t.TempDir(), newMark(t), newMark(t)+"-check"
	script(t, dir, "fail", "test -e up && exit\nTORTURE="+service+" setsid sleep 1000 &\ntouch up")
	script(t, dir, "check", "export TORTURE="+check+"; sleep 1000 & sleep 1000")
	r, pid := startInNamespace(t, dir, false, "-i", "0.2", "--timeout", "0.2", "--kill-after", "0.1",
		"--fail", "./fail", "--pidfile", "run.pid", "--signal", "USR1", "-s", "./check")
	eventually(t, "three checks are ended", func() bool { return r.out.lines("Failed: Exit Code 124") >= 3 })
	if n := r.err.lines("of a check, only its process group is ended"); n != 1 {
		t.Errorf("the notice is there %d times", n)
	}
	if n := r.err.lines("pid file run.pid does not exist yet"); n != 1 {
		t.Errorf("the note on the pid file is there %d times", n)
	}
	if n := len(marked(t, service)); n != 1 {
		t.Errorf("%d services, want 1: a stranger was signalled", n)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := r.wait(); code != 143 || len(marked(t, check)) != 0 {
		t.Errorf("exit status %d, %d processes of the check left", code, len(marked(t, check)))
	}
}
