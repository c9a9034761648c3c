package gate

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"clsh/heat/checker"
	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/event"
	"clsh/runner/sshtest"
)

func TestMain(m *testing.M) {
	if checker.IsHelper(os.Args) {
		os.Exit(checker.Helper(os.Args, os.Stderr))
	}
	os.Exit(m.Run())
}

// A between is the time after a group, with what the gate prints.
type between struct {
	runner.Interval
	drain, kill func()

	mu    sync.Mutex
	out   bytes.Buffer
	grew  chan struct{} // gets something when the gate has printed
	waits []event.Wait
}

// after returns the time after group number of two, of so many hosts each.
func after(t *testing.T, number, size int) *between {
	t.Helper()
	drain, kill := make(chan struct{}), make(chan struct{})
	b := &between{grew: make(chan struct{}, 1000)}
	b.drain, b.kill = sync.OnceFunc(func() { close(drain) }), sync.OnceFunc(func() { close(kill) })
	b.Interval = runner.Interval{
		Batch: event.Batch{Number: number, Of: 2, First: (number - 1) * size, Hosts: size, AllFailed: 3, MaxFail: 4},
		Drain: drain, Kill: kill, Dir: t.TempDir(),
		Emit: func(e event.Event) {
			b.mu.Lock()
			defer b.mu.Unlock()
			switch e.Kind {
			case event.GateOutput:
				b.out.Write(e.Data)
				select {
				case b.grew <- struct{}{}:
				default:
				}
			case event.Waiting:
				b.waits = append(b.waits, e.Batch.Waits)
			}
		},
	}
	return b
}

func (b *between) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.String()
}

// newGate returns a gate for n hosts, in an environment that holds mark.
func newGate(command, mark string, n int) *Gate {
	g := &Gate{
		Command: command, Grace: 200 * time.Millisecond, Fold: hosts.Fold, Stderr: os.Stderr,
		Environ: []string{"PATH=" + os.Getenv("PATH"), "MARK=" + mark, "GORACE=atexit_sleep_ms=0"},
	}
	for i := range n {
		g.Names = append(g.Names, "node"+strconv.Itoa(i))
	}
	return g
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"exit 0":                "",
		"exit 1":                "gate, exit code 1",
		"exit 255":              "gate, exit code 255",
		"kill -KILL $$":         "gate, SIGKILL",
		"kill -TERM $$":         "gate, SIGTERM",
		"./not-there":           "gate, exit code 127",
		"/etc/passwd":           "gate, exit code 126", // not executable
		"if":                    "gate, exit code 2",   // no shell reads it
		"cat; test ! -t 0":      "",                    // its input is empty, and no terminal
		"sleep 1000 & exit 0":   "",                    // is not waited for, and stays
		"exec >&- 2>&-; exit 3": "gate, exit code 3",
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			mark := sshtest.Mark()
			b := after(t, 1, 2)
			stop := newGate(command, mark, 4).Run(b.Interval)
			if want != "" {
				want = "stopped after batch 1 of 2: " + want
			}
			if stop.Note != want || (stop.By == event.StopGate) != (want != "") {
				t.Errorf("%+v, want %q; it printed %q", stop, want, b.text())
			}
			if !slices.Equal(b.waits, []event.Wait{event.ForGate, 0}) {
				t.Errorf("waits %v", b.waits)
			}
			if strings.Contains(command, " & ") {
				for _, p := range sshtest.WaitMarked(t, mark, 1) { // it may not be sleep yet
					_ = syscall.Kill(p.PID, syscall.SIGKILL)
				}
			}
			sshtest.WaitGone(t, mark)
		})
	}
}

// forks leaves its session and its parents, and ignores SIGTERM.
const forks = `echo up; setsid sleep 1000 & (setsid sh -c 'sleep 1001 & sleep 1002' &); trap "" TERM; while :; do sleep 1; done`

func TestTimeout(t *testing.T) {
	t.Parallel()
	mark := sshtest.Mark()
	g := newGate(forks, mark, 4)
	g.Timeout = time.Second
	b := after(t, 2, 2)
	if stop, want := g.Run(b.Interval), "stopped after batch 2 of 2: gate, no end within 1s (--gate-timeout)"; stop.Note != want {
		t.Errorf("%+v, want %q", stop, want)
	}
	sshtest.WaitGone(t, mark)
}

// A gate is ended when nothing further is to start: with its grace, or at once where everything is
// to end. It is not what stops the rollout then.
func TestEnded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		grace time.Duration
		end   func(*between)
	}{
		"drain": {100 * time.Millisecond, func(b *between) { b.drain() }},
		"kill":  {time.Hour, func(b *between) { b.drain(); b.kill() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mark := sshtest.Mark()
			g := newGate(forks, mark, 4)
			g.Grace = test.grace
			b := after(t, 1, 2)
			var wg sync.WaitGroup
			wg.Go(func() {
				<-b.grew
				test.end(b)
			})
			if stop := g.Run(b.Interval); stop.By != "" {
				t.Errorf("%+v", stop)
			}
			wg.Wait()
			sshtest.WaitGone(t, mark)
		})
	}
	t.Run("before it runs", func(t *testing.T) {
		t.Parallel()
		b := after(t, 1, 2)
		b.drain()
		if stop := newGate("echo ran", "", 4).Run(b.Interval); stop.By != "" || b.text() != "" {
			t.Errorf("%+v, %q", stop, b.text())
		}
	})
}

// All that a gate prints comes, on both streams, as it is printed.
func TestOutput(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "go")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	b := after(t, 1, 2)
	g := newGate(`echo first; read x <`+fifo+`; head -c 1000000 /dev/zero | tr '\0' x; echo last >&2`, "", 4)
	var wg sync.WaitGroup
	wg.Go(func() {
		<-b.grew // while it runs
		if err := os.WriteFile(fifo, []byte("go\n"), 0o600); err != nil {
			t.Error(err)
		}
	})
	if stop := g.Run(b.Interval); stop.By != "" {
		t.Errorf("%+v", stop)
	}
	wg.Wait()
	if got := b.text(); !strings.HasPrefix(got, "first\n") || strings.Count(got, "x") != 1_000_000 || !strings.Contains(got, "last\n") {
		t.Errorf("%d bytes, %.20q…", len(got), got)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	env := func(g *Gate, b *between) map[string]string {
		g.Command = "env; cat $CLSH_GATE_HOSTS_FILE; echo .; cat $CLSH_GATE_DONE_FILE"
		if stop := g.Run(b.Interval); stop.By != "" {
			t.Fatalf("%+v", stop)
		}
		vars := map[string]string{}
		for line := range strings.Lines(b.text()) {
			if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok && strings.HasPrefix(name, "CLSH_") {
				vars[strings.TrimPrefix(name, "CLSH_")] = value
			}
		}
		return vars
	}
	g := newGate("", "", 4)
	g.RunID = "20261128-3f2a"
	g.Environ = append(g.Environ, "CLSH_GATE_BATCH=9", "CLSH_GATE_DONE=9", "CLSH_GATE_TIMEOUT=9", "CLSH_FANOUT=3")
	b := after(t, 2, 2)
	got := env(g, b)
	for name, want := range map[string]string{
		"GATE_BATCH": "2", "GATE_BATCHES": "2", "GATE_HOSTS": "node[2-3]", "GATE_DONE": "node[0-3]", "GATE_FAILED": "3", "GATE_RUN": "20261128-3f2a",
		"FANOUT": "3", "GATE_TIMEOUT": "9", "GATE_HOSTS_FILE": filepath.Join(b.Dir, "gate-hosts"), "GATE_DONE_FILE": filepath.Join(b.Dir, "gate-done"),
	} {
		if got[name] != want {
			t.Errorf("CLSH_%s=%q, want %q", name, got[name], want)
		}
		delete(got, name)
	}
	if len(got) > 0 { // Variables has all of them
		t.Errorf("other variables: %v", got)
	}
	if !strings.HasSuffix(b.text(), "node2\nnode3\n.\nnode0\nnode1\nnode2\nnode3\n") {
		t.Errorf("the files: %q", b.text())
	}

	// Names that do not fold into a list that a variable can hold, and no record.
	g = newGate("", "", 0)
	g.Environ = append(g.Environ, "CLSH_GATE_RUN=9", "CLSH_GATE_DONE=9")
	for i := range 4000 {
		g.Names = append(g.Names, fmt.Sprintf("a-host-of-a-long-name%dx%d", i*i%7919, i*7%6007))
	}
	b = after(t, 2, 2000)
	got = env(g, b)
	if list := g.Fold(g.Names); len(list) < longestList {
		t.Fatalf("%d bytes are not too long", len(list))
	}
	if _, is := got["GATE_DONE"]; is || got["GATE_HOSTS"] == "" || got["GATE_DONE_FILE"] == "" {
		t.Errorf("the variables of a long list: %v", slices.Sorted(func(yield func(string) bool) {
			for name := range got {
				if !yield(name) {
					return
				}
			}
		}))
	}
	if _, is := got["GATE_RUN"]; is {
		t.Error("a run without a record has an ID")
	}
	if n := strings.Count(b.text(), "\na-host"); n < 6000 {
		t.Errorf("the files have %d names", n)
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for environ, want := range map[string]bool{"": false, "CLSH_GATE=x": false, "CLSH_GATE_TIMEOUT=3": false, "X=1 CLSH_GATE_BATCH=1": true} {
		if got := Within(strings.Fields(environ)); got != want {
			t.Errorf("%q: %v", environ, got)
		}
	}
}

// Where the gate cannot be started, the rollout stops.
func TestCannotRun(t *testing.T) {
	t.Parallel()
	b := after(t, 1, 2)
	b.Dir = filepath.Join(b.Dir, "gone")
	if stop := newGate("true", "", 4).Run(b.Interval); !strings.HasPrefix(stop.Note, "stopped after batch 1 of 2: gate, cannot run: write the hosts for the gate") {
		t.Errorf("%+v", stop)
	}
	b = after(t, 1, 2)
	g := newGate("true", "", 4)
	g.Environ = append(g.Environ, "LONG="+strings.Repeat("x", 200_000)) // E2BIG
	if stop := g.Run(b.Interval); !strings.HasPrefix(stop.Note, "stopped after batch 1 of 2: gate, cannot run: ") {
		t.Errorf("%+v", stop)
	}
}

// The process that runs the gate is killed: the gate is ended, the rollout stops, and children that
// this process has had before live on, with theirs.
func TestHelperIsKilled(t *testing.T) {
	own := exec.Command("sh", "-c", "sleep 1000 & echo $!; wait")
	stdout, err := own.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	own.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := own.Start(); err != nil {
		t.Fatal(err)
	}
	grandchild := 0
	if _, err := fmt.Fscan(stdout, &grandchild); err != nil {
		t.Fatal(err)
	}
	mark := sshtest.Mark()
	b := after(t, 1, 2)
	var wg sync.WaitGroup
	wg.Go(func() {
		<-b.grew
		for _, p := range sshtest.Marked(t, mark) {
			if p.Name == checker.HelperName {
				_ = syscall.Kill(p.PID, syscall.SIGKILL)
			}
		}
	})
	stop := newGate(forks, mark, 4).Run(b.Interval)
	wg.Wait()
	if want := "stopped after batch 1 of 2: gate, lost: the process that ran it was killed"; stop.Note != want {
		t.Errorf("%+v, want %q", stop, want)
	}
	sshtest.WaitGone(t, mark)
	for _, pid := range []int{own.Process.Pid, grandchild} {
		if err := syscall.Kill(pid, 0); err != nil {
			t.Errorf("process %d: %v", pid, err)
		}
	}
	_ = syscall.Kill(-own.Process.Pid, syscall.SIGKILL)
	if err := own.Wait(); err == nil || own.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL { // not reaped by another
		t.Errorf("the own child: %v", err)
	}
}
