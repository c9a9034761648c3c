package heat

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
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

// childOf returns the number of the first child of a process, or 0.
func childOf(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", pid))
	first, _, _ := strings.Cut(string(text), " ")
	n, _ := strconv.Atoi(first)
	return n
}

func TestPID1ReapsStrangers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, pid := startInNamespace(t, dir, true, "-i", "0.05", "sh", "-c", "(sleep 0.1 &); exit 0")
	eventually(t, "fifty checks", func() bool { return r.out.lines("OK") >= 50 })
	eventually(t, "no zombie is left", func() bool { return zombiesUnder(pid) == "" })
	if strings.Contains(r.out.String(), "Failed") {
		t.Error("os/exec lost a status to the reaper")
	}
}

// TestPID1SeesAServiceDie checks a service by its number: a zombie would be
// good for ever.
func TestPID1SeesAServiceDie(t *testing.T) {
	t.Parallel()
	dir, mark := t.TempDir(), newMark(t)
	script(t, dir, "recover", "TORTURE="+mark+" sleep 1000 & echo $! >pid")
	r, _ := startInNamespace(t, dir, true, "-i", "0.1", "--threshold", "1", "--recovery", "./recover",
		"kill -0 $(cat pid)")
	for n := range 2 {
		eventually(t, "the service runs", func() bool { return len(marked(t, mark)) == 1 && r.out.lines("OK") > 2*n })
		if err := syscall.Kill(marked(t, mark)[0], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is missed and repaired", func() bool { return r.err.lines("recovery 1, exit code 0") == n+2 })
	}
}

func TestPID1EndsTheService(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		service string
		within  time.Duration
	}{
		"at TERM":      {`trap "echo stopped >>steps; exit" TERM; echo up >>steps; while :; do sleep 0.05; done`, 7 * time.Second},
		"ignores TERM": {`trap "echo stopped >>steps" TERM; echo up >>steps; while :; do sleep 0.05; done`, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			script(t, dir, "recover", "setsid sh -c '"+tt.service+"' &")
			r, pid := startInNamespace(t, dir, true, "-i", "0.1", "--threshold", "1", "--recovery", "./recover", "test -e steps")
			eventually(t, "the service runs", func() bool { return r.file("steps") == "up\n" && r.out.lines("OK") > 0 })
			begin := time.Now()
			if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			code, took := r.wait(), time.Since(begin)
			if code != 143 || r.file("steps") != "up\nstopped\n" || took > tt.within {
				t.Errorf("exit status %d after %v, steps %q", code, took, r.file("steps"))
			}
		})
	}
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
