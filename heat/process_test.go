package heat

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
)

// receiver starts a process that writes the names of the signals it gets into
// the file got, and returns its number.
func receiver(t *testing.T, dir string) int {
	t.Helper()
	// The loop is short so that a signal does not wait for sleep's end.
	cmd := exec.Command("/bin/sh", "-c", `for s in HUP USR1 USR2; do trap "echo $s >>got" $s; done; echo >ready; while :; do sleep 0.02; done`)
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-done })
	eventually(t, "the receiver is ready", func() bool { _, err := os.Stat(filepath.Join(dir, "ready")); return err == nil })
	return cmd.Process.Pid
}

// TestTranscript is the original's: a service that breaks and is repaired,
// the signals that a process receives, and the scripts' environment.
func TestTranscript(t *testing.T) {
	t.Parallel()
	need(t, "curl")
	dir := t.TempDir()
	port := service(t, dir, "setsid %s")
	const tell = `
	env | grep ^HEAT_ | sort >>told.$1
	echo >>told.$1`
	for name, text := range map[string]string{"fail": "set fail", "recovered": "set recovered"} {
		script(t, dir, name, text+tell)
	}
	repair, _ := os.ReadFile(filepath.Join(dir, "recover"))
	script(t, dir, "recover", "set recovery"+tell+"\n"+strings.TrimPrefix(string(repair), "#!/bin/sh\n"))
	script(t, dir, "check", "curl -sf localhost:"+port+" || exit 22")
	pid := receiver(t, dir)
	r := start(t, dir, "-i", "1", "-s", "./check", "--pid", strconv.Itoa(pid), "--fail", "./fail", "--recovery", "./recover",
		"--recovered", "./recovered", "--threshold", "3", "--recovery-timeout", "10", "--fault-signal", "USR1", "--success-signal", "USR2")
	eventually(t, "it is good again twice", func() bool { return r.out.lines("OK") == 2 })
	r.signal(syscall.SIGTERM)
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}

	var times []int64
	var texts []string
	for line := range strings.Lines(r.out.String()) {
		at, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		n, _ := strconv.ParseInt(at, 10, 64)
		times, texts = append(times, n), append(texts, text)
	}
	failed := "Failed: Exit Code 22, details in heat.log"
	if diff := cmp.Diff([]string{failed, failed, failed, "OK", "OK"}, texts); diff != "" {
		t.Fatalf("console: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff("HUP\nHUP\nHUP\nUSR1\nUSR2\n", r.file("got")); diff != "" {
		t.Errorf("signals: -want +got:\n%s", diff)
	}
	checkPid := regexp.MustCompile(`HEAT_FAIL_PID=[1-9][0-9]*`)
	told := func(first, last int64, cnt, recoveries int) string {
		return fmt.Sprintf("HEAT_CHECK_LOG=heat.log\nHEAT_CHECK_NAME=\nHEAT_FAIL_CNT=%d\nHEAT_FAIL_CODE=22\nHEAT_FAIL_INTERVAL=1\nHEAT_FAIL_PID=\nHEAT_FAIL_REASON=exited\nHEAT_FAIL_SIGNAL=\n"+
			"HEAT_FAIL_TIME=%d\nHEAT_FAIL_TIME_LAST=%d\nHEAT_RECOVERY_CNT=%d\n\n", cnt, first, last, recoveries)
	}
	want := map[string]string{
		"told.fail":     told(times[0], times[0], 1, 0) + told(times[1], times[1], 2, 0) + told(times[2], times[2], 3, 0),
		"told.recovery": told(times[0], times[2], 3, 1),
	}
	for name, text := range want {
		got := r.file(name)
		if n := len(checkPid.FindAllString(got, -1)); n != strings.Count(text, "HEAT_FAIL_PID") {
			t.Errorf("%s has %d process numbers:\n%s", name, n, got)
		}
		if diff := cmp.Diff(text, checkPid.ReplaceAllString(got, "HEAT_FAIL_PID=")); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	// Until the new service listens, re-checks may have failed.
	if got := r.file("told.recovered"); strings.Count(got, "HEAT_RECOVERY_CNT=1\n") != 1 || !strings.Contains(got, fmt.Sprintf("HEAT_FAIL_TIME=%d\n", times[0])) {
		t.Errorf("told.recovered: %s", got)
	}
	if !strings.Contains(r.err.String(), "recovery 1, exit code 0\n") {
		t.Errorf("standard error: %s", r.err)
	}
}

func TestConsoleOfSeveralChecks(t *testing.T) {
	need(t, "curl")
	port := freePort(t)
	tests := []struct {
		args []string
		want string
		log  string
	}{
		{[]string{"-i", "30", "curl", "-sf", "localhost:" + port}, "Failed: Exit Code 7, details in heat.log", ""},
		{[]string{"-i", "1", "sh", "-c", "exit 7"}, "Failed: Exit Code 7, details in heat.log", ""},
		{[]string{"-i", "1", "curl -sf localhost:" + port + " || exit 3"}, "Failed: Exit Code 3, details in heat.log", ""},
		{[]string{"-i", "1", "sh", "-c", "kill -9 $$"}, "Failed: Exit Code 137, details in heat.log", "heat: ended by SIGKILL\n"},
		{[]string{"-i", "1", "--log", "x.log", `printf 'one\ntwo\r\nthree\rfour' >&2; echo out; false`}, "Failed: Exit Code 1, details in x.log",
			"one\ntwo\nthree\nfour\nstdout: out\n"},
		{[]string{"-i", "1", "--ignore-codes", "3", "exit 3"}, "Unknown: Exit Code 3", ""},
		{[]string{"-i", "1", "echo shown nowhere; echo either >&2"}, "OK", ""},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			r := start(t, t.TempDir(), tt.args...)
			eventually(t, "a line is shown", func() bool { return r.out.lines("\n") > 0 })
			at, text, _ := strings.Cut(r.out.String(), ": ")
			if n, err := strconv.ParseInt(at, 10, 64); err != nil || time.Since(time.Unix(n, 0)).Abs() > time.Minute {
				t.Errorf("the time is %q", at)
			}
			if got, _, _ := strings.Cut(text, "\n"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			r.signal(syscall.SIGTERM)
			r.wait()
			log := r.file("heat.log") + r.file("x.log")
			for line := range strings.Lines(tt.log) {
				if !strings.Contains(log, at+": "+line) {
					t.Errorf("the log lacks %q:\n%s", line, log)
				}
			}
			if tt.log == "" && log != "" {
				t.Errorf("log: %s", log)
			}
		})
	}
}

func TestReaderGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := command(t, dir, 0, "-i", "0.1", "true")
	out, w := pipe(t)
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	line, err := bufio.NewReader(out).ReadString('\n')
	out.Close()
	if err != nil || !strings.HasSuffix(line, ": OK\n") {
		t.Errorf("got %q, %v", line, err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("heat does not end")
	}
	// Go's own answer to a broken standard output is SIGPIPE; a program that
	// catches it exits with 141. A shell sees the same.
	ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signal() != syscall.SIGPIPE && ws.ExitStatus() != 141 {
		t.Errorf("ended as %v", cmd.ProcessState)
	}
}

func TestStartErrors(t *testing.T) {
	dir := sharedDir(t)
	held := start(t, dir, "-i", "60", "--lock", "lock", "true")
	eventually(t, "the lock is held", func() bool { return held.out.lines("OK") == 1 })
	interpreter := filepath.Join(dir, "interpreter")
	if err := os.WriteFile(interpreter, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	type call struct {
		args string
		uid  uint32
		code int
		want string
	}
	tests := []call{
		{"--pid 999999999 touch ran", 0, 1, "올바른 PID를 입력해주세요\nheat: --pid 999999999: no such process\n"},
		{fmt.Sprintf("--pid %d touch ran", dead.Process.Pid), 0, 1, fmt.Sprintf("올바른 PID를 입력해주세요\nheat: --pid %d: no such process\n", dead.Process.Pid)},
		{"--pid 0 touch ran", 0, 1, "올바른 PID를 입력해주세요\nheat: --pid 0: not a process ID\n"},
		{"--lock lock touch ran", 0, 2, "heat: --lock lock: another heat holds it\n"},
		{"-s ./interpreter", 0, 1, "Failed: ./interpreter not executable\nheat: ./interpreter: interpreter /no/such/interpreter: file does not exist\n"},
		{"-s ./check touch ran", 0, 1, "Error: use either script or command\n"},
		{"-i x touch ran", 0, 2, "heat: "},
	}
	if os.Getuid() == 0 {
		tests = append(tests, call{"--pid 1 touch ran", unprivileged, 2, "heat: --pid 1: not allowed to signal it"})
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			r := startCmd(t, command(t, dir, tt.uid, strings.Fields(tt.args)...))
			if code := r.wait(); code != tt.code {
				t.Errorf("exit status %d, want %d", code, tt.code)
			}
			eventually(t, "the error is reported", func() bool { return strings.HasPrefix(r.err.String(), tt.want) })
			if r.out.String() != "" {
				t.Errorf("standard output: %s", r.out)
			}
			if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
				t.Error("something has run")
			}
		})
	}
}

func TestLosesItsExecuteBit(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Log("root may run what has any execute bit; it has none here")
	}
	dir := t.TempDir()
	check := filepath.Join(dir, script(t, dir, "check", "exit 0"))
	script(t, dir, "fail", `echo $HEAT_FAIL_CODE $HEAT_FAIL_REASON "$HEAT_FAIL_PID" $HEAT_FAIL_CNT >>told`)
	script(t, dir, "recover", "echo >repaired")
	r := start(t, dir, "-i", "0.1", "--fail", "./fail", "--threshold", "1", "--recovery", "./recover", "-s", "./check")
	eventually(t, "it is good", func() bool { return r.out.lines("OK") > 0 })
	if err := os.Chmod(check, 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "126", func() bool { return r.out.lines("Failed: Exit Code 126, details in heat.log") > 2 })
	eventually(t, "the reason", func() bool { return r.err.lines("check: permission denied") > 2 })
	os.Remove(check)
	eventually(t, "127", func() bool { return r.out.lines("Failed: Exit Code 127, details in heat.log") > 2 })
	good := r.out.lines("OK")
	script(t, dir, "check", "exit 0")
	eventually(t, "it is good again", func() bool { return r.out.lines("OK") > good })
	told := r.file("told")
	if !strings.Contains(told, "126 cannot-run  0\n") || !strings.Contains(told, "127 cannot-run  0\n") || r.file("repaired") != "" {
		t.Errorf("told %q, repaired %q", told, r.file("repaired"))
	}
}

// TestPidfileComesLater has no pid file at first: that is reported each time, and heat goes on.
func TestPidfileComesLater(t *testing.T) {
	dir := t.TempDir()
	pid := receiver(t, dir)
	r := start(t, dir, "-i", "0.1", "--pidfile", "run.pid", "--signal", "USR1", "false")
	eventually(t, "the missing file is reported", func() bool { return r.err.lines("USR1 not sent: read the pid file: ") > 1 })
	if err := os.WriteFile(filepath.Join(dir, "run.pid"), []byte(strconv.Itoa(pid)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the signal comes", func() bool { return strings.Contains(r.file("got"), "USR1\n") })
}

func TestHangUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := start(t, dir, "-i", "0.1", "echo wrong >&2; exit 1")
	eventually(t, "the log is written", func() bool { return strings.Contains(r.file("heat.log"), ": wrong\n") })
	if err := os.Rename(filepath.Join(dir, "heat.log"), filepath.Join(dir, "old.log")); err != nil {
		t.Fatal(err)
	}
	r.signal(syscall.SIGHUP)
	eventually(t, "the log is back", func() bool { return strings.Contains(r.file("heat.log"), ": wrong\n") })

	// With a terminal, a hang-up ends heat.
	cmd := command(t, dir, 0, "-i", "0.1", "true")
	cmd.SysProcAttr = nil
	tty, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(tty).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		t.Fatal("heat does not end")
	}
	if code := cmd.ProcessState.ExitCode(); code != 129 {
		t.Errorf("exit status %d, want 129", code)
	}
}

func TestIgnoredSignalsStayIgnored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, dir, 0)
	cmd.Path = "/bin/sh"
	cmd.Args = []string{"sh", "-c", `trap "" HUP INT; ln -s "$1" heat; exec ./heat -i 0.1 'kill -HUP $$; exit 3'`, "sh", exe}
	r := startCmd(t, cmd)
	eventually(t, "the check outlives its own signal", func() bool { return r.out.lines("Failed: Exit Code 3") > 0 })
	r.signal(syscall.SIGHUP)
	r.signal(syscall.SIGINT)
	n := r.out.lines("Failed")
	eventually(t, "heat goes on", func() bool { return r.out.lines("Failed") > n+3 })
	r.signal(syscall.SIGTERM)
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
}
