package heat

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// peakMemory returns the most memory that pid has had resident, in KiB.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	n, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAFloodOnBothStreams(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	flood, growth := 30_000_000, 16<<10 // bytes, KiB
	if sshtest.Full() {
		flood = 100_000_000
		growth = flood / 2 >> 10 // the race detector keeps more
	}
	// Long lines: what is kept of a failure has room where it waits for a slow disk.
	wrong := strings.Repeat("wrong ", 20)
	script(t, dir, "check", fmt.Sprintf(`
test -e wait && exit 0
echo >wait
yes %q | head -c %d >&2 &
yes %[1]q | head -c %[2]d
wait
exit 9`, wrong, flood))
	r := start(t, dir, "-i", "0.1", "--timeout", "60", "-s", "./check")
	pid, first := r.cmd.Process.Pid, 0
	for n := 1; n <= 4; n++ {
		eventually(t, "the failure is shown", func() bool { return r.out.lines("Failed: Exit Code 9") == n })
		// heat does not wait for a slow disk, at its end or before.
		eventually(t, "the log has it", func() bool {
			return strings.Count(r.file("heat.log"), "more bytes of standard output are not kept\n") == n
		})
		if n == 1 {
			first = peakMemory(t, pid) + peakMemory(t, helperOf(t, pid))
		}
		if n < 4 {
			os.Remove(filepath.Join(dir, "wait"))
		}
	}
	if last := peakMemory(t, pid) + peakMemory(t, helperOf(t, pid)); last > first+growth {
		t.Errorf("memory grew from %d to %d KiB", first, last)
	}
	r.signal(syscall.SIGTERM)
	r.wait()
	log := r.file("heat.log")
	for _, line := range []string{
		fmt.Sprintf(": heat: %d more bytes of standard error are not kept\n", flood-1<<20),
		fmt.Sprintf(": stdout: heat: %d more bytes of standard output are not kept\n", flood-1<<20),
	} {
		if strings.Count(log, line) != 4 {
			t.Errorf("the log has %q %d times", line, strings.Count(log, line))
		}
	}
	if n := strings.Count(log, ": "+wrong+"\n"); n != 2*4*(1<<20/len(wrong+"\n")) {
		t.Errorf("%d whole lines", n)
	}
}

func TestNoStormAfterAStop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script(t, dir, "check", "date +%s.%N >>begins")
	r := start(t, dir, "-i", "0.2", "-s", "./check")
	begins := func() []string { return strings.Fields(r.file("begins")) }
	eventually(t, "it runs", func() bool { return len(begins()) >= 3 })
	r.signal(syscall.SIGSTOP)
	stopped := time.Now()
	<-time.After(3 * time.Second)
	before := len(begins())
	pause := time.Since(stopped)
	r.signal(syscall.SIGCONT)
	resumed := time.Now()
	eventually(t, "it runs on", func() bool { return len(begins()) >= before+10 })
	// Ten checks take at least nine intervals, but for one that was due when
	// it was stopped; a storm would make up for the fifteen that were missed.
	if took := time.Since(resumed); took < 1500*time.Millisecond {
		t.Errorf("10 checks in %v after a stop of %v", took, pause)
	}
}

// forceReuse lets pid, which must be free, be the number of a new process that
// runs the command. Numbers are given in turn, and root may say where to go on
// (proc_sys_kernel(5), ns_last_pid).
func forceReuse(t *testing.T, pid int, command string, dir string) {
	t.Helper()
	for range 1000 {
		if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0); err != nil {
			t.Fatal("set the next process number: ", err)
		}
		cmd := exec.Command("/bin/sh", "-c", command)
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		end := func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
		if cmd.Process.Pid == pid {
			t.Cleanup(end)
			return
		}
		end()
	}
	t.Fatal("the number could not be had again")
}

func TestAReusedNumberIsNotSignalled(t *testing.T) {
	f, err := os.OpenFile("/proc/sys/kernel/ns_last_pid", os.O_WRONLY, 0)
	if err != nil {
		// An ordinary user, or a container: TestAnEndedProcessIsNotSignalled of package process
		// is what is left.
		t.Log("no process number can be forced here: ", err)
		return
	}
	f.Close()
	const stranger = `for s in HUP USR1 USR2; do trap "echo $s >>got" $s; done; echo >ready; while :; do sleep 0.02; done`
	for _, how := range []string{"--pid", "--pidfile"} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			old := exec.Command("sleep", "1000")
			if err := old.Start(); err != nil {
				t.Fatal(err)
			}
			pid := old.Process.Pid
			whom := strconv.Itoa(pid)
			if how == "--pidfile" {
				if err := os.WriteFile(filepath.Join(dir, "pid"), []byte(whom+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
				whom = "pid"
			}
			r := start(t, dir, "-i", "0.1", how, whom, "test -e good")
			eventually(t, "it runs", func() bool { return r.out.lines("Failed") > 0 })
			// The first SIGHUP has ended the old process.
			_ = old.Wait()
			if how == "--pid" {
				// And so has it heat. Another one holds on to the next process.
				if code := r.wait(); code != 1 {
					t.Fatalf("exit status %d", code)
				}
				holdAndReuse(t, dir, stranger)
			} else {
				// A process that begins within the same tick of 10 ms has the same identity.
				<-time.After(50 * time.Millisecond)
				forceReuse(t, pid, stranger, dir)
				eventually(t, "the stranger is there", func() bool { return r.file("ready") != "" })
				eventually(t, "it is refused", func() bool { return r.err.lines("is not the one that pid file") > 2 })
			}
			if got := r.file("got"); got != "" {
				t.Errorf("the stranger got %s", got)
			}
		})
	}
}

// holdAndReuse starts heat with --pid for a process that ends while checks are
// good, gives its number to a stranger, and lets the check fail.
func holdAndReuse(t *testing.T, dir, stranger string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "good"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	old := exec.Command("sleep", "1000")
	if err := old.Start(); err != nil {
		t.Fatal(err)
	}
	pid := old.Process.Pid
	r := start(t, dir, "-i", "0.1", "--pid", strconv.Itoa(pid), "test -e good")
	eventually(t, "it runs", func() bool { return r.out.lines("OK") > 0 })
	_ = old.Process.Kill()
	_ = old.Wait()
	eventually(t, "the end is reported", func() bool { return r.err.lines(fmt.Sprintf("process %d has ended", pid)) == 1 })
	forceReuse(t, pid, stranger, dir)
	eventually(t, "the stranger is there", func() bool { return r.file("ready") != "" })
	n := r.out.lines("OK")
	eventually(t, "good checks go on", func() bool { return r.out.lines("OK") > n+2 })
	os.Remove(filepath.Join(dir, "good"))
	if code := r.wait(); code != 1 {
		t.Errorf("exit status %d", code)
	}
	eventually(t, "the original's words", func() bool { return strings.HasSuffix(r.err.String(), "올바른 PID를 입력해주세요\n") })
}

func TestServiceManager(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	script(t, dir, "check", "env >env; test ! -e bad")
	cmd := command(t, dir, 0, "-i", "0.1", "-s", "./check")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=400000")
	r := startCmd(t, cmd)
	next := func() string {
		t.Helper()
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4096)
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	until := func(want string) {
		t.Helper()
		for limit := time.Now().Add(patience); ; {
			got := next()
			if got == want {
				return
			}
			if time.Now().After(limit) {
				t.Fatalf("no %s", want)
			}
		}
	}
	if got := next(); got != "READY=1" {
		t.Errorf("the first word is %q", got)
	}
	until("STATUS=the check is good")
	until("WATCHDOG=1")
	if err := os.WriteFile(filepath.Join(dir, "bad"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	until("STATUS=failures in a row: 3")
	r.signal(syscall.SIGTERM)
	until("STOPPING=1")
	r.wait()
	if env := r.file("env"); strings.Contains(env, "NOTIFY_SOCKET") || strings.Contains(env, "WATCHDOG") || env == "" {
		t.Errorf("the check's environment: %s", env)
	}
}

func TestTheLockOutlivesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script(t, dir, "recover", "setsid sleep 1000 & echo $! >pid")
	t.Cleanup(func() {
		b, _ := os.ReadFile(filepath.Join(dir, "pid"))
		if pid, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	r := start(t, dir, "-i", "0.1", "--lock", "lock", "--threshold", "1", "--recovery", "./recover", "test -e pid")
	eventually(t, "the service runs", func() bool { return r.out.lines("OK") > 0 })
	r.signal(syscall.SIGKILL)
	r.wait()
	// The service has not inherited the lock.
	again := start(t, dir, "-i", "0.1", "--lock", "lock", "true")
	eventually(t, "the next heat runs", func() bool { return again.out.lines("OK") > 0 })
}

func TestTheHelperEndsWithHeat(t *testing.T) {
	r := start(t, t.TempDir(), "-i", "0.1", "true")
	eventually(t, "it runs", func() bool { return r.out.lines("OK") > 0 })
	helper := helperOf(t, r.cmd.Process.Pid)
	if helper == 0 {
		t.Fatal("there is no helper")
	}
	r.signal(syscall.SIGTERM)
	r.wait()
	if err := syscall.Kill(helper, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the helper is there still: %v", err)
	}
}
