package runner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/remote"
	"clsh/runner/sshtest/enginetest"
)

func TestMain(m *testing.M) {
	if os.Args[0] == proc.SweeperName {
		if err := proc.Sweep(os.Args, os.Stdin, os.NewFile(3, "groups")); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// config returns a run of command on n hosts through an ssh whose script holds
// what before says.
func config(t *testing.T, n int, before, command string) (Config, *enginetest.Recorder) {
	t.Helper()
	rec := enginetest.NewRecorder()
	return Config{
		Options: enginetest.Options(t, n, before), Command: command, Sink: rec,
		Fanout: 3, KillAfter: time.Second, ReadyTimeout: time.Minute,
	}, rec
}

func run(t *testing.T, cfg Config) *event.Summary {
	t.Helper()
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Run()
	if err != nil {
		t.Fatal(err)
	}
	checkSummary(t, s, cfg)
	return s
}

// checkSummary holds for every run: the counts add up, and nothing is left.
func checkSummary(t *testing.T, s *event.Summary, cfg Config) {
	t.Helper()
	total := 0
	for _, n := range s.Counts {
		total += n
	}
	if total != s.Hosts || s.Hosts != len(cfg.Hosts) {
		t.Errorf("%d outcomes for %d of %d hosts", total, s.Hosts, len(cfg.Hosts))
	}
	rec := cfg.Sink.(*enginetest.Recorder)
	for rank := range cfg.Hosts {
		kinds := rec.Events[rank]
		if len(kinds) == 0 || kinds[len(kinds)-1] != event.Ended || len(kinds) > 1 && kinds[0] != event.Started {
			t.Errorf("host %d: events %v", rank, kinds)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(cfg.TempDir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestEveryHostOnce(t *testing.T) {
	cfg, rec := config(t, 10, "", `echo "$CLSH_HOST $CLSH_RANK $CLSH_COUNT"; echo err >&2; exit $((CLSH_RANK % 4))`)
	s := run(t, cfg)
	for rank := range cfg.Hosts {
		if got, want := rec.Text(rank), fmt.Sprintf("n%d %d 10\n", rank, rank); !strings.Contains(got, want) || len(got) != len(want)+4 {
			t.Errorf("host %d: %q", rank, got)
		}
		if r := rec.Results[rank]; r.Outcome != event.Exited || r.Code != rank%4 {
			t.Errorf("host %d: %+v", rank, r)
		}
	}
	if s.Code != 3 || s.OK != 3 {
		t.Errorf("summary %+v", s)
	}
}

func TestLongLineComesInPieces(t *testing.T) {
	const size = 300_000
	cfg, rec := config(t, 1, "", fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x; echo; printf end", size))
	run(t, cfg)
	if got := rec.Text(0); got != strings.Repeat("x", size)+"\nend" {
		t.Errorf("%d bytes came, want %d", len(got), size+4)
	}
	for _, n := range rec.Pieces {
		if n > 64<<10 { // as event.Event says
			t.Errorf("a piece of %d bytes", n)
		}
	}
}

func TestNoiseIsNoOutput(t *testing.T) {
	cfg, rec := config(t, 1, `echo banner; echo banner >&2; printf 'no newline'`, "echo out")
	run(t, cfg)
	if got := rec.Text(0); got != "out\n" {
		t.Errorf("output %q", got)
	}
}

func TestRaw(t *testing.T) {
	cfg, rec := config(t, 3, `case $host in n1) echo "ssh: Connection refused" >"$log"; exit 255;; n2) exec sh -c 'exit 255';; esac`, "echo out; exit 4")
	cfg.Raw, cfg.KeepGoing = true, true
	s := run(t, cfg)
	if got := rec.Text(0); got != "out\n" || rec.Results[0].Code != 4 {
		t.Errorf("%q, %+v", got, rec.Results[0])
	}
	if r := rec.Results[1]; r.Outcome != event.Unreachable || r.Reason != "ssh: Connection refused" {
		t.Errorf("a refused host: %+v", r)
	}
	if r := rec.Results[2]; r.Outcome != event.Exited || r.Code != 255 {
		t.Errorf("a command's own 255: %+v", r)
	}
	if s.Code != event.CodeLost {
		t.Errorf("status %d", s.Code)
	}
}

// TestRetry: a host that turns away is tried again; the command runs once.
func TestRetry(t *testing.T) {
	dir := t.TempDir()
	cfg, rec := config(t, 1, `
		echo x >>`+dir+`/tries
		if [ $(wc -l <`+dir+`/tries) -lt 3 ]; then
			echo "kex_exchange_identification: Connection closed by remote host" >"$log"; exit 255
		fi`, "echo x >>"+dir+"/runs; echo ran")
	cfg.Retry = 5
	if s := run(t, cfg); s.Code != 0 || rec.Text(0) != "ran\n" {
		t.Errorf("%+v, %q", s, rec.Text(0))
	}
	for name, want := range map[string]string{"tries": "x\nx\nx\n", "runs": "x\n"} {
		if got, _ := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRetryHasAnEnd(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"number": func(c *Config) { c.Retry = 1 },
		"time":   func(c *Config) { c.Retry, c.RetryFor = 1000, time.Millisecond },
	} {
		cfg, rec := config(t, 1, `echo "kex_exchange_identification: read: Connection reset by peer" >"$log"; exit 255`, "true")
		change(&cfg)
		if s := run(t, cfg); s.Code != event.CodeLost || rec.Results[0].Outcome != event.Unreachable {
			t.Errorf("%s: %+v", name, rec.Results[0])
		}
	}
}

// TestLostHostStopsAll: n0 loses its connection when the others run.
func TestLostHostStopsAll(t *testing.T) {
	lost := `case $CLSH_HOST in n0) kill -9 $PPID;; esac; echo up; sleep 1000`
	for _, keepGoing := range []bool{false, true} {
		command := lost
		if keepGoing {
			command = strings.Replace(lost, "sleep 1000", "exit 0", 1)
		}
		cfg, rec := config(t, 3, `case $host in n0) echo "Connection reset by peer" >"$log";; esac`, command)
		cfg.KeepGoing = keepGoing
		s := run(t, cfg)
		if r := rec.Results[0]; r.Outcome != event.Lost || r.Reason != "Connection reset by peer" {
			t.Errorf("the lost host: %+v", r)
		}
		want := map[bool]event.Outcome{false: event.Stopped, true: event.Exited}[keepGoing]
		for rank := 1; rank < 3; rank++ {
			if r := rec.Results[rank]; r.Outcome != want || want == event.Stopped && !r.Confirmed {
				t.Errorf("keep going %t: %+v", keepGoing, r)
			}
		}
		if s.Code != event.CodeLost {
			t.Errorf("status %d", s.Code)
		}
	}
}

// TestRemoteShellKilled: without a word from ssh it is not the connection.
func TestRemoteShellKilled(t *testing.T) {
	cfg, rec := config(t, 1, "", "kill -9 $PPID; sleep 1")
	run(t, cfg)
	if r := rec.Results[0]; r.Outcome != event.Signaled || r.Signal != syscall.SIGKILL || r.Code != 137 {
		t.Errorf("%+v", r)
	}
}

func TestTimeout(t *testing.T) {
	cfg, rec := config(t, 2, "", `case $CLSH_RANK in 0) trap "" TERM; while :; do sleep 1; done;; esac`)
	cfg.Timeout = 2 * time.Second // within which the other one ends
	cfg.KillAfter = 200 * time.Millisecond
	s := run(t, cfg)
	if r := rec.Results[0]; r.Outcome != event.Timeout || r.Code != event.CodeTimeout || !r.Confirmed {
		t.Errorf("%+v", r)
	}
	if r := rec.Results[1]; r.Outcome != event.Exited || s.Code != event.CodeTimeout {
		t.Errorf("%+v, status %d", r, s.Code)
	}
}

func TestReadyTimeout(t *testing.T) {
	cfg, rec := config(t, 1, "exec sleep 1000", "true")
	cfg.ReadyTimeout = 100 * time.Millisecond
	run(t, cfg)
	if r := rec.Results[0]; r.Outcome != event.Unreachable || !strings.Contains(r.Reason, "ready-timeout") {
		t.Errorf("%+v", r)
	}
}

// started runs cfg and calls then when the first host has said something.
func started(t *testing.T, cfg Config, then func(*Runner)) (*event.Summary, error) {
	t.Helper()
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	rec := cfg.Sink.(*enginetest.Recorder)
	var wg sync.WaitGroup
	wg.Go(func() {
		<-rec.Seen
		then(r)
	})
	s, err := r.Run()
	wg.Wait()
	if s == nil {
		t.Fatal(err)
	}
	checkSummary(t, s, cfg)
	return s, err
}

func TestSignals(t *testing.T) {
	for _, c := range []struct {
		name    string
		command string
		signals []syscall.Signal
		outcome event.Outcome // of the host that runs
	}{
		{"interrupt", "echo up; sleep 1000", []syscall.Signal{syscall.SIGINT}, event.Stopped},
		{"terminate", "echo up; sleep 0.3", []syscall.Signal{syscall.SIGTERM}, event.Exited},
		{"twice", `trap "" TERM; echo up; while :; do sleep 1; done`, []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}, event.Stopped},
	} {
		cfg, rec := config(t, 3, "", c.command)
		cfg.Fanout = 1
		s, err := started(t, cfg, func(r *Runner) {
			for _, sig := range c.signals {
				r.Signal(sig)
			}
		})
		last := c.signals[len(c.signals)-1]
		if err != nil || s.Interrupt != last || s.Code != 128+int(last) {
			t.Errorf("%s: %+v, %v", c.name, s, err)
		}
		if r := rec.Results[0]; r.Outcome != c.outcome {
			t.Errorf("%s: the host that ran: %+v", c.name, r)
		}
		if s.Counts[event.NotStarted] != 2 {
			t.Errorf("%s: %v", c.name, s.Counts)
		}
	}
}

func TestSinkErrorStopsAll(t *testing.T) {
	cfg, rec := config(t, 2, "", "echo x; sleep 1000")
	rec.Fail = errors.New("disk full")
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Run()
	if !errors.Is(err, rec.Fail) {
		t.Errorf("error %v", err)
	}
	checkSummary(t, s, cfg)
	if n := s.Counts[event.Stopped] + s.Counts[event.NotStarted]; n != 2 {
		t.Errorf("%v", s.Counts)
	}
}

func TestBackgroundIsNotWaitedFor(t *testing.T) {
	cfg, rec := config(t, 1, "", "sleep 1000 & echo $!")
	run(t, cfg)
	pid, err := strconv.Atoi(strings.TrimSpace(rec.Text(0)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("what the command left running was ended: %v", err)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"fanout":  func(c *Config) { c.Fanout = 0 },
		"command": func(c *Config) { c.Command = strings.Repeat("x", remote.MaxCommand+1) },
	} {
		cfg, _ := config(t, 1, "", "true")
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
