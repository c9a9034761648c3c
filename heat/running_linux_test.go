package heat

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slowRecovery makes a recovery that ends when something is written into go.
func slowRecovery(t *testing.T, dir string) {
	t.Helper()
	script(t, dir, "recover", "echo begun >>steps; read x <go; echo finished >>steps")
	if err := syscall.Mkfifo(filepath.Join(dir, "go"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func letGo(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte("on\n"), 0); err != nil {
		t.Fatal(err)
	}
}

// TestOneRecoveryOverRestarts kills heat during a recovery and starts it again,
// twice.
func TestOneRecoveryOverRestarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	slowRecovery(t, dir)
	args := []string{"-i", "0.05", "--state", "state", "--lock", "lock", "--threshold", "1", "--recovery", "./recover", "false"}
	r := start(t, dir, args...)
	eventually(t, "the recovery runs", func() bool { return r.file("steps") == "begun\n" })
	for range 2 {
		r.signal(syscall.SIGKILL)
		r.wait()
		r = start(t, dir, args...)
		eventually(t, "the next heat waits for it", func() bool { return r.err.lines("is still running; waiting for it to end") == 1 })
	}
	if got := r.file("steps"); got != "begun\n" || r.out.String() != "" {
		t.Errorf("beside the recovery: steps %q, standard output %q", got, r.out)
	}
	letGo(t, dir)
	eventually(t, "its end is told", func() bool { return r.err.lines("has ended\n") == 1 })
	eventually(t, "the next one begins", func() bool { return strings.Count(r.file("steps"), "begun") == 2 })
	if got := r.file("steps"); got != "begun\nfinished\nbegun\n" {
		t.Errorf("steps %q", got)
	}
	r.signal(syscall.SIGTERM)
	letGo(t, dir)
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
}

// TestAnEarlierRecoveryEnds ends one that another heat began in each of the
// ways in which heat ends its own.
func TestAnEarlierRecoveryEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, option, want string
		end                func(r *running)
	}{
		{"second signal", "", "has ended\n", func(r *running) {
			r.signal(syscall.SIGTERM)
			eventually(t, "heat says what it waits for", func() bool { return r.err.lines("a second signal ends it") == 1 })
			r.signal(syscall.SIGTERM)
		}},
		{"limit", "--hook-timeout=0.2", "has ended at --hook-timeout\n", func(*running) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, mark := t.TempDir(), newMark(t)
			script(t, dir, "recover", "echo begun >>steps; exec env TORTURE="+mark+" sleep 1000")
			args := []string{"-i", "0.05", "--state", "state", "--kill-after", "0.1", "--threshold", "1", "--recovery", "./recover"}
			r := start(t, dir, append(args, "false")...)
			eventually(t, "the recovery runs", func() bool { return len(marked(t, mark)) == 1 })
			r.signal(syscall.SIGKILL)
			r.wait()
			if tt.option != "" {
				args = append(args, tt.option)
			}
			r = start(t, dir, append(args, "true")...)
			eventually(t, "heat waits", func() bool { return r.err.lines("waiting for it to end") == 1 })
			tt.end(r)
			eventually(t, "its end is told", func() bool { return r.err.lines(tt.want) == 1 })
			if n := len(marked(t, mark)); n != 0 {
				t.Errorf("%d processes left", n)
			}
		})
	}
}

// TestAnotherProcessIsNoRecovery starts heat on a state file that names a
// process which is not the one that was written down.
func TestAnotherProcessIsNoRecovery(t *testing.T) {
	t.Parallel()
	me := identify(os.Getpid())
	for name, id := range map[string]processID{
		"another start": {me.Pid, me.Start - 1, me.Boot},
		"another boot":  {me.Pid, me.Start, "0"},
		"no number":     {0, 0, me.Boot},
		"negative":      {-1, me.Start, me.Boot},
	} {
		if id.alive() {
			t.Errorf("%s: taken for the process", name)
		}
	}
	if !me.alive() {
		t.Error("a process is not found again")
	}
}

// TestNothingPassesAClosedGate kills heat, as far as the gate sees, before the
// recovery's process was written down.
func TestNothingPassesAClosedGate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script(t, dir, "recover", "touch ran")
	for _, pass := range []bool{false, true} {
		p, g, err := startGate(&exec.Cmd{Path: "./recover", Args: []string{"./recover"}, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if pass {
			g.pass()
		} else {
			g.open.Close()
		}
		code := p.Reap().Code
		_, err = os.Stat(filepath.Join(dir, "ran"))
		if ran := err == nil; ran != pass || (code == 0) != pass {
			t.Errorf("open %v: ran %v, exit code %d", pass, ran, code)
		}
		if err := g.failure(); err != nil {
			t.Error(err)
		}
	}
}

// TestARecoveryThatCannotStart is one behind the gate.
func TestARecoveryThatCannotStart(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"gone":        {"", "recovery 1, exit code 127: "},
		"no #! line":  {"exit 7\n", "recovery 1, exit code 7\n"},
		"NUL bytes":   {"\x00\x01\x02", "recovery 1, exit code 126: "},
		"interpreter": {"#!/no/such\n", "recovery 1, exit code 127: "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "recover")
			if tt.text != "" {
				if err := os.WriteFile(path, []byte(tt.text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			h := hook{text: path, path: path, args: []string{path, "a"}}
			held := 0
			end := <-startHook(h, os.Environ(), nil, 0, time.Second, func(pid int) { held = pid }).done
			l := "recovery 1, exit code " + strconv.Itoa(end.code)
			if end.err != nil {
				l += ": " + end.err.Error()
			}
			if !strings.HasPrefix(l+"\n", tt.want) || held == 0 {
				t.Errorf("got %q, process %d", l, held)
			}
		})
	}
}
