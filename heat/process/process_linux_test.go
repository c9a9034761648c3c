package process

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// limit is how long a test waits for what must happen.
const limit = 60 * time.Second

// eventually waits until ok, looking again and again.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(limit)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("still not so: ", what)
		}
	}
}

func TestAnEndedProcessIsNotSignalled(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	held, err := Open(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if _, err := held.Signal(syscall.SIGKILL); err != nil {
		t.Error("while it lived: ", err)
	}
	select {
	case <-held.gone:
	case <-time.After(limit):
		t.Fatal("its end is not reported")
	}
	// Both while its number is a zombie's, and when anybody could have it.
	if _, err := held.Signal(syscall.SIGUSR1); !errors.Is(err, os.ErrProcessDone) {
		t.Error("as a zombie: ", err)
	}
	_ = cmd.Wait()
	held.gone = nil // the handle alone must know
	if _, err := held.Signal(syscall.SIGUSR1); !errors.Is(err, os.ErrProcessDone) {
		t.Error("after it was reaped: ", err)
	}
}

func TestAZombieIsNoProcess(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	eventually(t, "it has ended", func() bool {
		held, err := Open(cmd.Process.Pid)
		if err == nil {
			held.Close()
		}
		return errors.Is(err, os.ErrProcessDone)
	})
}

// TestAnotherProcess looks for processes that are not the one that was written down.
func TestAnotherProcess(t *testing.T) {
	t.Parallel()
	me := Identify(os.Getpid())
	for name, id := range map[string]ID{
		"another start": {me.Pid, me.Start - 1, me.Boot},
		"another boot":  {me.Pid, me.Start, "0"},
		"no number":     {0, 0, me.Boot},
		"negative":      {-1, me.Start, me.Boot},
	} {
		if id.Alive() {
			t.Errorf("%s: taken for the process", name)
		}
	}
	if !me.Alive() {
		t.Error("a process is not found again")
	}
}
