package checker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/heat/policy"
)

func TestMain(m *testing.M) {
	if IsHelper(os.Args) {
		os.Exit(Helper(os.Args, os.Stderr))
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// newChecker returns a Checker of a shell script.
func newChecker(t *testing.T, limit time.Duration, script string) *Checker {
	t.Helper()
	return open(t, Spec{Path: "/bin/sh", Args: []string{"sh", "-c", script}, Limit: limit})
}

func open(t *testing.T, spec Spec) *Checker {
	t.Helper()
	spec.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	spec.Stderr, spec.Keep = os.Stderr, 1<<20
	if spec.Grace == 0 {
		spec.Grace = 500 * time.Millisecond
	}
	c, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func await(t *testing.T, r *Run) Report {
	t.Helper()
	select {
	case rep := <-r.Done():
		return rep
	case <-time.After(patience):
		t.Fatal("the check does not end")
		return Report{}
	}
}

// eventually waits until ok, looking again and again.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("still not so: ", what)
		}
	}
}

func TestOutcomes(t *testing.T) {
	dir := t.TempDir()
	plain, bare := filepath.Join(dir, "plain"), filepath.Join(dir, "bare")
	write(t, plain, "#!/bin/sh\n", 0o644)
	write(t, bare, "exit $1\n", 0o755)
	tests := []struct {
		name string
		path string
		args []string
		want Report
		err  error
	}{
		{"good", "/bin/sh", []string{"sh", "-c", "exit 0"}, Report{Outcome: policy.Exited}, nil},
		{"exit code", "/bin/sh", []string{"sh", "-c", "exit 7"}, Report{Outcome: policy.Exited, Code: 7}, nil},
		{"signal", "/bin/sh", []string{"sh", "-c", "kill -KILL $$"}, Report{Outcome: policy.Signaled, Code: 137, Signal: syscall.SIGKILL}, nil},
		{"not there", filepath.Join(dir, "none"), []string{"none"}, Report{Outcome: policy.CannotRun, Code: 127}, os.ErrNotExist},
		{"not executable", plain, []string{plain}, Report{Outcome: policy.CannotRun, Code: 126}, os.ErrPermission},
		{"a script without #!", bare, []string{bare, "9"}, Report{Outcome: policy.Exited, Code: 9}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			both(t, Spec{Path: tt.path, Args: tt.args}, func(t *testing.T, c *Checker) {
				t.Helper()
				got := await(t, c.Start())
				if !errors.Is(got.Err, tt.err) || (got.Pid > 0) != (tt.err == nil) {
					t.Errorf("pid %d, error %v, want %v", got.Pid, got.Err, tt.err)
				}
				if got.Outcome != tt.want.Outcome || got.Code != tt.want.Code || got.Signal != tt.want.Signal {
					t.Errorf("got %+v, want %+v", got, tt.want)
				}
			})
		})
	}
}

// both runs a test with the helper, where there is one, and with the process
// group that other systems have.
func both(t *testing.T, spec Spec, test func(*testing.T, *Checker)) {
	t.Helper()
	t.Run("helper", func(t *testing.T) { test(t, open(t, spec)) })
	t.Run("group", func(t *testing.T) { test(t, withoutHelper(open(t, spec))) })
}

func write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func TestOutputIsKeptUpToTheLimit(t *testing.T) {
	const script = `echo out; head -c 3000000 /dev/zero; echo err >&2; printf last >&2; exit 1`
	both(t, Spec{Path: "/bin/sh", Args: []string{"sh", "-c", script}}, func(t *testing.T, c *Checker) {
		t.Helper()
		for range 2 {
			rep := await(t, c.Start())
			if got := string(rep.Stderr.Data); got != "err\nlast" || rep.Stderr.Dropped != 0 {
				t.Errorf("stderr %q, %d dropped", got, rep.Stderr.Dropped)
			}
			if len(rep.Stdout.Data) != 1<<20 || rep.Stdout.Dropped != 3000000+4-1<<20 || !bytes.HasPrefix(rep.Stdout.Data, []byte("out\n")) {
				t.Errorf("stdout %d bytes, %d dropped", len(rep.Stdout.Data), rep.Stdout.Dropped)
			}
		}
	})
}

func TestPipeHeldByAGrandchild(t *testing.T) {
	dir := t.TempDir()
	script := fmt.Sprintf(`cd %s; echo said; mkfifo hold; (read x <hold; echo $x >got) & exit 3`, dir)
	both(t, Spec{Path: "/bin/sh", Args: []string{"sh", "-c", script}}, func(t *testing.T, c *Checker) {
		t.Helper()
		os.Remove(filepath.Join(dir, "hold"))
		rep := await(t, c.Start())
		if rep.Code != 3 || string(rep.Stdout.Data) != "said\n" {
			t.Errorf("got %+v, stdout %q", rep, rep.Stdout.Data)
		}
		if !c.Contained() {
			return // a group's leftovers are ended
		}
		write(t, filepath.Join(dir, "hold"), "alive\n", 0)
		eventually(t, "the grandchild lives", func() bool {
			b, _ := os.ReadFile(filepath.Join(dir, "got"))
			return string(b) == "alive\n"
		})
	})
}

func TestLimit(t *testing.T) {
	spec := Spec{Path: "/bin/sh", Args: []string{"sh", "-c", "echo begun >&2; exec sleep 1000"}, Limit: 2 * time.Second}
	both(t, spec, func(t *testing.T, c *Checker) {
		t.Helper()
		rep := await(t, c.Start())
		if rep.Outcome != policy.TimedOut || rep.Code != 124 || rep.Pid == 0 || rep.Left != 0 || string(rep.Stderr.Data) != "begun\n" {
			t.Errorf("got %+v", rep)
		}
	})
}

func TestStop(t *testing.T) {
	dir := t.TempDir()
	ready := filepath.Join(dir, "ready")
	script := `trap "" TERM; echo >` + ready + `; while :; do sleep 1000; done`
	both(t, Spec{Path: "/bin/sh", Args: []string{"sh", "-c", script}, Grace: time.Hour}, func(t *testing.T, c *Checker) {
		t.Helper()
		os.Remove(ready)
		r := c.Start()
		eventually(t, "the trap is set", func() bool { _, err := os.Stat(ready); return err == nil })
		r.Stop()
		select {
		case rep := <-r.Done():
			t.Fatalf("ended within the grace: %+v", rep)
		case <-time.After(300 * time.Millisecond):
		}
		r.Stop()
		if rep := await(t, r); !rep.Stopped || rep.Left != 0 {
			t.Errorf("got %+v", rep)
		}
	})
}

func TestStdinIsEmptyAndBlockingPipes(t *testing.T) {
	// A non-blocking pipe would end a writer that is faster than its reader.
	c := newChecker(t, 0, `cat; dd if=/dev/zero bs=1M count=20 2>/dev/null || exit 9`)
	if rep := await(t, c.Start()); rep.Code != 0 || !strings.HasPrefix(string(rep.Stdout.Data), "\x00") {
		t.Errorf("got code %d", rep.Code)
	}
}
