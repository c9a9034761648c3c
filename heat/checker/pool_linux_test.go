package checker

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/heat/policy"
)

// newPool returns a pool, and what opens a Checker of a shell script in it.
func newPool(t *testing.T, slots int) (p *Pool, open func(limit time.Duration, script string) *Checker) {
	t.Helper()
	p, err := NewPool(Spec{Env: append(os.Environ(), "GORACE=atexit_sleep_ms=0"), Stderr: os.Stderr}, slots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, func(limit time.Duration, script string) *Checker {
		c, err := p.New(Spec{Path: "/bin/sh", Args: []string{"sh", "-c", script}, Limit: limit, Grace: 200 * time.Millisecond, Keep: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
}

// Checks of a pool each have their own command, output and limit, one after the other in one helper.
func TestPoolRunsEachCheckItsOwn(t *testing.T) {
	t.Parallel()
	p, open := newPool(t, 4)
	first, second := open(0, "echo one; exit 1"), open(50*time.Millisecond, "echo two >&2; sleep 700 & sleep 700")
	for range 3 {
		if rep := await(t, first.Start()); rep.Code != 1 || string(rep.Stdout.Data) != "one\n" {
			t.Errorf("the first: %+v", rep)
		}
		if rep := await(t, second.Start()); rep.Outcome != policy.TimedOut || rep.Left != 0 || string(rep.Stderr.Data) != "two\n" {
			t.Errorf("the second: %+v", rep)
		}
	}
	if len(p.idle) != 1 {
		t.Errorf("%d helpers are idle, want the one", len(p.idle))
	}
}

// As many run beside each other as there are slots; the others wait, and a Stop ends the wait.
func TestPoolHasSlots(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, open := newPool(t, 2)
	var runs []*Run
	for i := range 3 {
		runs = append(runs, open(0, fmt.Sprintf("echo >%s/began%d; until test -e %[1]s/end; do sleep 0.02; done; exit %[2]d", dir, i)).Start())
	}
	began := func() (n int) {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), "began") {
				n++
			}
		}
		return n
	}
	eventually(t, "two run", func() bool { return began() == 2 })
	waits := open(0, "exit 9").Start()
	waits.Stop()
	if rep := await(t, waits); !rep.Stopped {
		t.Errorf("stopped while it waits: %+v", rep)
	}
	if n := began(); n != 2 {
		t.Errorf("%d run in two slots", n)
	}
	if err := os.WriteFile(dir+"/end", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, r := range runs {
		if rep := await(t, r); rep.Code != i || rep.Outcome != policy.Exited {
			t.Errorf("check %d: %+v", i, rep)
		}
	}
	if len(p.idle) > mostIdle {
		t.Errorf("%d helpers are idle", len(p.idle))
	}
}

// A helper that is killed costs its check, and nobody else anything.
func TestPoolLosesAHelper(t *testing.T) {
	t.Parallel()
	p, open := newPool(t, 2)
	c := open(0, "sleep 700")
	r := c.Start()
	eventually(t, "it runs", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.helper == nil {
			return false
		}
		list, _ := descendants(c.helper.proc.Pid(), process{})
		return len(list) > 0
	})
	_ = c.helper.proc.Signal(syscall.SIGKILL)
	if rep := await(t, r); rep.Outcome != policy.CannotRun || rep.Err == nil {
		t.Errorf("%+v", rep)
	}
	if rep := await(t, open(0, "exit 7").Start()); rep.Code != 7 {
		t.Errorf("the next: %+v", rep)
	}
	if len(p.slots) != 0 {
		t.Errorf("%d slots are taken", len(p.slots))
	}
}

// What a check leaves is spared, and the next one gets another helper.
func TestPoolSparesWhatACheckLeft(t *testing.T) {
	t.Parallel()
	_, open := newPool(t, 2)
	leaves := open(0, "sleep 700 >/dev/null 2>&1 & echo $!")
	rep := await(t, leaves.Start())
	var pid int
	if _, err := fmt.Sscan(string(rep.Stdout.Data), &pid); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGKILL) }()
	if rep := await(t, open(30*time.Millisecond, "sleep 700").Start()); rep.Outcome != policy.TimedOut {
		t.Errorf("%+v", rep)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("what the check left: %v", err)
	}
}

func TestPoolRefusesAnEndlessCommand(t *testing.T) {
	t.Parallel()
	p, _ := newPool(t, 1)
	if _, err := p.New(Spec{Path: "/bin/sh", Args: []string{"sh", "-c", strings.Repeat("x", mostJob)}}); err == nil {
		t.Error("it was taken")
	}
}
