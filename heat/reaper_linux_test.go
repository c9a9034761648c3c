package heat

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"clsh/runner/sshtest"
)

// startUnderShell starts heat with --init as the child of a shell, and returns its number.
func startUnderShell(t *testing.T, dir string, args ...string) (r *running, pid int) {
	t.Helper()
	cmd := command(t, dir, 0, args...)
	name := filepath.Join(t.TempDir(), "heat")
	if err := os.Symlink(cmd.Path, name); err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", `"$@"; exit $?`, "sh", name, "--init"}, args...)
	r = startCmd(t, cmd)
	eventually(t, "heat runs", func() bool {
		pid = childOf(cmd.Process.Pid)
		exe, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		return pid != 0 && strings.HasPrefix(string(exe), name)
	})
	// The shell would leave it behind.
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	return r, pid
}

// eachReaper runs test for heat as PID 1 of a namespace, and with --init under a shell.
func eachReaper(t *testing.T, test func(t *testing.T, start starter)) {
	t.Helper()
	t.Parallel()
	t.Run("PID 1", func(t *testing.T) {
		t.Parallel()
		test(t, func(t *testing.T, dir string, args ...string) (*running, int) {
			t.Helper()
			return startInNamespace(t, dir, true, args...)
		})
	})
	t.Run("--init", func(t *testing.T) {
		t.Parallel()
		test(t, startUnderShell)
	})
}

type starter = func(t *testing.T, dir string, args ...string) (*running, int)

func TestReapsStrangers(t *testing.T) {
	eachReaper(t, func(t *testing.T, start starter) {
		t.Helper()
		dir := t.TempDir()
		script(t, dir, "fail", "(sleep 0.1 &)")
		r, pid := start(t, dir, "-i", "0.05", "--fail", "./fail", "sh", "-c", "(sleep 0.1 &); test ! -e bad")
		checks, hooks := 20, 5
		if sshtest.Full() {
			checks, hooks = 50, 10
		}
		eventually(t, "many checks", func() bool { return r.out.lines("OK") >= checks })
		if strings.Contains(r.out.String(), "Failed") {
			t.Error("os/exec lost a status to the reaper")
		}
		if err := os.WriteFile(filepath.Join(dir, "bad"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		eventually(t, "some hooks", func() bool { return r.out.lines("Failed: Exit Code 1,") >= hooks })
		eventually(t, "no zombie is left", func() bool { return zombiesUnder(pid)+zombiesUnder(childOf(pid)) == "" })
		if r.err.lines("./fail") > 0 {
			t.Error("os/exec lost the status of a hook to the reaper")
		}
	})
}

// TestSeesAServiceDie checks a service by its number: a zombie would be good for ever.
func TestSeesAServiceDie(t *testing.T) {
	eachReaper(t, func(t *testing.T, start starter) {
		t.Helper()
		dir, mark := t.TempDir(), newMark(t)
		script(t, dir, "recover", "TORTURE="+mark+" sleep 1000 & echo $! >pid")
		r, _ := start(t, dir, "-i", "0.1", "--threshold", "1", "--recovery", "./recover", "kill -0 $(cat pid)")
		for n := range 2 {
			eventually(t, "the service runs", func() bool { return len(marked(t, mark)) == 1 && r.err.lines("recovered after") == n+1 })
			if err := syscall.Kill(marked(t, mark)[0], syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, "it is missed and repaired", func() bool { return r.err.lines("recovered after") == n+2 })
		}
		eventually(t, "the last service can be found", func() bool { return len(marked(t, mark)) == 1 })
	})
}

func TestEndsTheService(t *testing.T) {
	const up, loop = `echo up >>steps; `, `while :; do sleep 0.05; done`
	const stops = `trap "echo stopped >>steps; exit" TERM; ` + up + loop
	for name, recover := range map[string]string{
		"at TERM":        `setsid sh -c '` + stops + `' &`,
		"ignores TERM":   `setsid sh -c 'trap "echo stopped >>steps" TERM; ` + up + loop + `' &`,
		"takes its time": `setsid sh -c 'trap "sleep 1; echo stopped >>steps; exit" TERM; ` + up + loop + `' &`,
		// Its parent ends after the hook, and before heat.
		"began late": "rm checked\n" +
			`sh -c 'until test -e checked; do sleep 0.02; done; sh -c "$0" & exit' '` + stops + `' &`,
	} {
		t.Run(name, func(t *testing.T) {
			eachReaper(t, func(t *testing.T, start starter) {
				t.Helper()
				dir, mark := t.TempDir(), newMark(t)
				script(t, dir, "recover", "export TORTURE="+mark+"\n"+recover)
				// The long re-checks keep a slow machine from repairing twice.
				r, pid := start(t, dir, "-i", "0.1", "--threshold", "1", "--recovery", "./recover", "--recovery-timeout", "60",
					"touch checked; test -e steps")
				eventually(t, "the service runs", func() bool { return r.file("steps") == "up\n" && r.out.lines("OK") > 0 })
				if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				code := r.wait()
				if left := marked(t, mark); code != 143 || r.file("steps") != "up\nstopped\n" || len(left) > 0 {
					t.Errorf("exit status %d, steps %q, left %d", code, r.file("steps"), len(left))
				}
			})
		})
	}
}

// TestInitEndsOnlyWhatHooksLeft has orphans of checks and of a hook beside each other.
func TestInitEndsOnlyWhatHooksLeft(t *testing.T) {
	t.Parallel()
	dir, check, service := t.TempDir(), newMark(t)+"-check", newMark(t)
	script(t, dir, "check", "test -e left || { TORTURE="+check+" setsid sleep 1000 & touch left; }\ntest -e up")
	script(t, dir, "recover", "TORTURE="+service+" setsid sleep 1000 &\ntouch up")
	t.Cleanup(func() {
		for _, pid := range marked(t, check) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	r, pid := startUnderShell(t, dir, "-i", "0.1", "--threshold", "2", "--recovery", "./recover", "-s", "./check")
	eventually(t, "it is repaired", func() bool { return r.out.lines("OK") > 2 })
	eventually(t, "both orphans run", func() bool { return len(marked(t, check)) == 1 && len(marked(t, service)) == 1 })
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	code := r.wait()
	if n, m := len(marked(t, check)), len(marked(t, service)); code != 143 || n != 1 || m != 0 {
		t.Errorf("exit status %d, %d orphans of checks and %d of hooks, want 1 and 0", code, n, m)
	}
}

// TestWithoutInitNothingIsEnded is what --init changes.
func TestWithoutInitNothingIsEnded(t *testing.T) {
	t.Parallel()
	dir, service := t.TempDir(), newMark(t)
	script(t, dir, "recover", "TORTURE="+service+" setsid sleep 1000 &\ntouch up")
	r := start(t, dir, "-i", "0.1", "--threshold", "1", "--recovery", "./recover", "test -e up")
	eventually(t, "it is repaired", func() bool { return r.out.lines("OK") > 0 && len(marked(t, service)) == 1 })
	r.signal(syscall.SIGTERM)
	if code, n := r.wait(), len(marked(t, service)); code != 143 || n != 1 {
		t.Errorf("exit status %d, %d services", code, n)
	}
}

// TestInitAtATerminal: ^C is one signal to heat, and not one from the terminal and one from
// the reaper. A second one would end the hook.
func TestInitAtATerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script(t, dir, "recover", "trap '' INT; echo begun >>steps; read x <go; echo finished >>steps")
	if err := syscall.Mkfifo(filepath.Join(dir, "go"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, dir, 0, "--init", "-i", "0.1", "--threshold", "1", "--recovery", "./recover", "false")
	cmd.SysProcAttr = nil
	tty, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	shown := &printed{complete: make(chan struct{})}
	read, done := make(chan struct{}), make(chan struct{})
	go func() { defer close(read); _, _ = io.Copy(shown, tty) }()
	go func() { defer close(done); _ = cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-done; tty.Close(); <-read })
	r := &running{dir: dir}
	eventually(t, "the recovery runs", func() bool { return r.file("steps") == "begun\n" })
	// Two signals that come at once may be merged into one, so this test is stricter than the next.
	group, err := syscall.Getpgid(childOf(cmd.Process.Pid))
	if err != nil || group == cmd.Process.Pid {
		t.Errorf("heat is in the terminal's foreground group %d, %v", group, err)
	}
	if _, err := tty.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "heat waits for it", func() bool { return shown.lines("waiting for ./recover to end") == 1 })
	// Also where nobody reads it any more, this does not wait.
	fifo, err := os.OpenFile(filepath.Join(dir, "go"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer fifo.Close()
	if _, err := fifo.WriteString("on\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("heat does not end")
	}
	if code := cmd.ProcessState.ExitCode(); code != 130 || r.file("steps") != "begun\nfinished\n" {
		t.Errorf("exit status %d, steps %q\n%s", code, r.file("steps"), shown)
	}
}

// TestInitReaperKilled: who kills the reaper wants heat gone, and its running check.
func TestInitReaperKilled(t *testing.T) {
	t.Parallel()
	dir, check := t.TempDir(), newMark(t)
	r, pid := startUnderShell(t, dir, "-i", "0.1", "TORTURE="+check+" sleep 1000")
	eventually(t, "the check runs", func() bool { return len(marked(t, check)) > 0 })
	heat := childOf(pid)
	if heat == 0 {
		t.Fatal("no heat under the reaper")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := r.wait(); code != 137 {
		t.Errorf("exit status %d", code)
	}
	eventually(t, "heat and its check are gone", func() bool {
		comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", heat)) // a zombie has none
		return len(comm) == 0 && len(marked(t, check)) == 0
	})
}

// TestInitReaperStopped: hooks run, and heat goes on, under a reaper that does not answer.
func TestInitReaperStopped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script(t, dir, "fail", "echo >>ran")
	r, pid := startUnderShell(t, dir, "-i", "0.1", "--fail", "./fail", "test ! -e bad")
	eventually(t, "checks run", func() bool { return r.out.lines("OK") > 0 })
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "hooks run", func() bool { return len(r.file("ran")) >= 3 })
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGCONT} {
		if err := syscall.Kill(pid, s); err != nil {
			t.Fatal(err)
		}
	}
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
}

// TestReaperHoldsSignalsBack: SIGUSR1 kills a heat that has no handler for it yet.
func TestReaperHoldsSignalsBack(t *testing.T) {
	eachReaper(t, func(t *testing.T, start starter) {
		t.Helper()
		for range 5 {
			r, pid := start(t, t.TempDir(), "-i", "60", "true")
			for childOf(pid) == 0 && syscall.Kill(pid, 0) == nil {
				runtime.Gosched()
			}
			if err := syscall.Kill(pid, syscall.SIGUSR1); err != nil {
				t.Fatal(err)
			}
			eventually(t, "a check", func() bool { return r.out.lines("OK") > 0 })
			if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if code := r.wait(); code != 143 {
				t.Errorf("exit status %d", code)
			}
		}
	})
}

// TestInitFeedsTheWatchdog: the service manager's variables name the reaper.
func TestInitFeedsTheWatchdog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cmd := command(t, dir, 0)
	name := filepath.Join(dir, "heat")
	if err := os.Symlink(cmd.Path, name); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+filepath.Join(dir, "notify"), "WATCHDOG_USEC=200000")
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `WATCHDOG_PID=$$ exec "$@"`, "sh", name, "--init", "-i", "0.1", "true"}
	r := startCmd(t, cmd)
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for want := "READY=1"; want != ""; {
		n, err := conn.Read(buf)
		switch {
		case err != nil:
			t.Fatalf("no %s: %v", want, err)
		case string(buf[:n]) == want && want == "READY=1":
			want = "WATCHDOG=1"
		case string(buf[:n]) == want:
			want = ""
		}
	}
	r.signal(syscall.SIGTERM)
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
}
