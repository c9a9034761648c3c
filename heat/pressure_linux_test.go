package heat

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// fullPipe returns a pipe into which nothing more goes.
func fullPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w = pipe(t)
	fill(t, w)
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// fill makes a pipe small and writes to it until it is full.
func fill(t *testing.T, w *os.File) {
	t.Helper()
	conn, err := w.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Control(func(fd uintptr) {
		_, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 4096)
		_ = unix.SetNonblock(int(fd), true)
		for err == nil {
			_, err = unix.Write(int(fd), []byte("full\n"))
		}
		_ = unix.SetNonblock(int(fd), false)
	}); err != nil {
		t.Fatal(err)
	}
}

// fifo makes a FIFO in dir. With full, it has a reader that does not read, and
// no room.
func fifo(t *testing.T, dir, name string, full bool) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if full {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		fill(t, f)
	}
}

// stoppedTerminal returns a terminal whose output was stopped with Ctrl-S.
func stoppedTerminal(t *testing.T) *os.File {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	const tcooff = 0
	if err := unix.IoctlSetInt(int(slave.Fd()), unix.TCXONC, tcooff); err != nil {
		t.Fatal(err)
	}
	return slave
}

func (r *running) count(name string) int { return strings.Count(r.file(name), "\n") }

// unwritable returns a full pipe, a stopped terminal, or for "" a nil, which means /dev/null.
func unwritable(t *testing.T, kind string) io.Writer {
	t.Helper()
	switch kind {
	case "full":
		_, w := fullPipe(t)
		return w
	case "terminal":
		return stoppedTerminal(t)
	}
	return nil
}

// TestNothingStopsHeat runs checks and hooks while something of heat's cannot
// be read or written, and ends heat.
func TestNothingStopsHeat(t *testing.T) {
	const full, terminal = "full", "terminal"
	tests := []struct {
		name, args  string
		fifo        string // files that are FIFOs which nobody reads
		fullFIFO    string // or full ones
		huge        string // or holes of a terabyte
		out, stderr string
	}{
		{name: "standard output is a full pipe", out: full},
		{name: "standard error is a full pipe", stderr: full},
		{name: "both are, and JSON", args: "--format json", out: full, stderr: full},
		{name: "a stopped terminal", out: terminal, stderr: terminal},
		{name: "the log is a full standard error", args: "--log -", stderr: full},
		{name: "the log is a FIFO nobody reads", args: "--log f", fifo: "f"},
		{name: "the log is a full FIFO", args: "--log f", fullFIFO: "f"},
		{name: "the state is a FIFO", args: "--state f", fifo: "f"},
		{name: "the state is a full FIFO", args: "--state f", fullFIFO: "f"},
		{name: "the state is endless", args: "--state /dev/zero"},
		{name: "the state is full and endless", args: "--state /dev/full"},
		{name: "the state is huge", args: "--state f", huge: "f"},
		{name: "the metrics are a FIFO nobody reads", args: "--metrics f", fifo: "f"},
		{name: "the metrics are a full FIFO", args: "--metrics f --state s", fullFIFO: "f"},
		{name: "the metrics are a full device", args: "--metrics /dev/full"},
		{name: "the pid file is a FIFO", args: "--pidfile f", fifo: "f"},
		{name: "the pid file is a silent FIFO", args: "--pidfile f", fullFIFO: "f"},
		{name: "the pid file is endless", args: "--pidfile /dev/zero"},
		{name: "a planted FIFO beside state and metrics", args: "--state s --metrics m", fifo: ".s.new .m.new"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			script(t, dir, "check", "echo >>checks; echo why >&2; exit 1")
			script(t, dir, "recover", "echo >>recoveries; echo repaired")
			for _, name := range strings.Fields(tt.fifo) {
				fifo(t, dir, name, false)
			}
			for _, name := range strings.Fields(tt.fullFIFO) {
				fifo(t, dir, name, true)
			}
			if tt.huge != "" {
				err := os.WriteFile(filepath.Join(dir, tt.huge), nil, 0o600)
				if err = errors.Join(err, os.Truncate(filepath.Join(dir, tt.huge), 1<<40)); err != nil {
					t.Fatal(err)
				}
			}
			args := append([]string{"-i", "0.05", "--threshold", "2", "--recovery", "./recover", "-s", "./check"}, strings.Fields(tt.args)...)
			cmd := command(t, dir, 0, args...)
			cmd.Stdout, cmd.Stderr = unwritable(t, tt.out), unwritable(t, tt.stderr)
			r := &running{t: t, cmd: cmd, dir: dir, exited: make(chan struct{})}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			go func() { _ = cmd.Wait(); close(r.exited) }()
			t.Cleanup(func() { _ = cmd.Process.Kill(); <-r.exited })
			eventually(t, "checks and recoveries go on", func() bool { return r.count("checks") > 20 && r.count("recoveries") > 4 })
			begin := time.Now()
			r.signal(syscall.SIGTERM)
			if code := r.wait(); code != 143 {
				t.Errorf("exit status %d", code)
			}
			if took := time.Since(begin); took > 10*time.Second { // it waits for no reader
				t.Errorf("heat took %v to end", took)
			}
			for _, device := range []string{"/dev/zero", "/dev/full"} {
				if info, err := os.Stat(device); err != nil || info.Mode()&os.ModeDevice == 0 {
					t.Fatalf("%s is no device any more", device)
				}
			}
			left, _ := filepath.Glob(filepath.Join(dir, ".*"))
			for _, name := range left {
				if !strings.HasSuffix(name, ".new") && !strings.HasSuffix(name, ".heat-test") {
					t.Errorf("%s is left", name)
				}
			}
		})
	}
}

// TestAHookWritesToTheLogInstead has hooks write while standard error is full.
func TestAHookWritesToTheLogInstead(t *testing.T) {
	for _, log := range []string{"heat.log", "f"} {
		t.Run(log, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			fifo(t, dir, "f", false)
			script(t, dir, "fail", "echo from the hook && echo >>hooks")
			cmd := command(t, dir, 0, "-i", "0.05", "--log", log, "--fail", "./fail", "false")
			_, stderr := fullPipe(t)
			cmd.Stderr = stderr
			r := &running{t: t, cmd: cmd, dir: dir, exited: make(chan struct{})}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			go func() { _ = cmd.Wait(); close(r.exited) }()
			t.Cleanup(func() { _ = cmd.Process.Kill(); <-r.exited })
			eventually(t, "hooks run", func() bool { return r.count("hooks") > 3 })
			if log == "heat.log" && strings.Count(r.file(log), "from the hook\n") < 3 {
				t.Errorf("the log has %q", r.file(log))
			}
		})
	}
}

// TestLostLinesAreCounted lets standard output wait for its reader, and
// accounts for every check then.
func TestLostLinesAreCounted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out, w := fullPipe(t)
	script(t, dir, "check", "echo >>checks")
	cmd := command(t, dir, 0, "-i", "0.002", "--format", "json", "--name", strings.Repeat("long", 1000), "-s", "./check")
	cmd.Stdout = w
	r := &running{t: t, cmd: cmd, dir: dir, exited: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	go func() { _ = cmd.Wait(); close(r.exited) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-r.exited })
	eventually(t, "more is written than waits", func() bool { return r.count("checks") > 50 })
	sum, lost := 0, 0
	lines := bufio.NewReader(out)
	for lost == 0 {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		if string(line) == "full\n" {
			continue
		}
		var e struct {
			Event string
			Lines int
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		switch e.Event {
		case "check":
			sum++
		case "lost":
			lost = e.Lines
		}
	}
	// What is counted ended before the line that counts.
	if checks := r.count("checks"); sum+lost > checks || sum+lost < 50 {
		t.Errorf("%d lines and %d lost of %d checks", sum, lost, checks)
	}
	r.signal(syscall.SIGTERM)
	_, _ = lines.WriteTo(new(bytes.Buffer))
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
}

// TestSeveralHeatsRotateOneLog looks for each line of four heats in one log
// that rotates all the time.
func TestSeveralHeatsRotateOneLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script(t, dir, "check", `echo >>"$1.n"; echo "$1 $(wc -l <"$1.n")." >&2; exit 1`)
	var all []*running
	for _, name := range []string{"a", "b", "c", "d"} {
		all = append(all, start(t, dir, "-i", "0.005", "--log", "log", "--log-size", "200", "--log-keep", "5000", "./check", name))
	}
	for _, r := range all {
		eventually(t, "the log rotates", func() bool { return r.out.lines("Failed") > 60 })
	}
	for _, r := range all {
		r.signal(syscall.SIGTERM)
	}
	for _, r := range all {
		r.wait()
	}
	text, err := exec.Command("sh", "-c", "cat "+filepath.Join(dir, "log")+"*").Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a", "b", "c", "d"} {
		for n := 1; n <= all[i].out.lines("Failed"); n++ {
			if got := strings.Count(string(text), fmt.Sprintf(": %s %d.\n", name, n)); got != 1 {
				t.Fatalf("line %d of %s is there %d times", n, name, got)
			}
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "log*"))
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Size() > 200 {
			t.Errorf("%s: %v, %v", f, info, err)
		}
	}
}
