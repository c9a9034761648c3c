package proc

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience bounds every wait for an event; it says nothing about how long one takes.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	switch {
	case os.Args[0] == SweeperName:
		if err := Sweep(os.Args, os.Stdin, os.NewFile(3, "groups")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case os.Getenv("PROC_TEST_PARENT") != "":
		parent()
	}
	goleak.VerifyTestMain(m)
}

// parent starts what is to die with it, says so, and waits to be killed.
func parent() {
	sweeper, err := NewSweeper(4, os.Getenv("PROC_TEST_PARENT"))
	if err != nil {
		panic(err)
	}
	s := NewSpawner(1)
	// A leader and, in its group, a child that it does not wait for.
	cmd := exec.Command("sh", "-c", "sleep 1000 >/dev/null & echo $! $$; exec sleep 1000 >/dev/null")
	cmd.Stdout = os.Stdout
	p, err := s.Start(cmd)
	if err != nil {
		panic(err)
	}
	// More slots than the table began with: it grows, and its end counts as well.
	var slot Slot
	for range 200_000 {
		if slot, err = sweeper.Reserve(); err != nil {
			panic(err)
		}
	}
	slot.Set(p)
	fmt.Println("added")
	select {}
}

// start starts a shell script and returns it with its standard output.
func start(t *testing.T, script string) (*Process, *bufio.Reader) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdout = w
	p, err := Start(cmd)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return p, bufio.NewReader(r)
}

func readLine(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("read a line: %v", err)
	}
	return strings.TrimSpace(line)
}

// gone waits until the process of that number is no more, or a zombie.
func gone(t *testing.T, pid string) {
	t.Helper()
	began := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		out, _ := exec.Command("ps", "-o", "stat=", "-p", pid).Output()
		if state := strings.TrimSpace(string(out)); state == "" || state[0] == 'Z' {
			t.Logf("process %s was gone after %s", pid, time.Since(began).Round(time.Millisecond))
			return
		}
		if time.Since(began) > patience {
			t.Fatalf("process %s is still there", pid)
		}
	}
}

func TestStatus(t *testing.T) {
	for script, want := range map[string]Status{
		"exit 0":        {},
		"exit 3":        {Code: 3},
		"exit 255":      {Code: 255},
		"kill -9 $$":    {Code: 137, Signal: syscall.SIGKILL},
		"kill -TERM $$": {Code: 143, Signal: syscall.SIGTERM},
	} {
		p, _ := start(t, script)
		if got := p.Wait(); got != want {
			t.Errorf("%s: %+v, want %+v", script, got, want)
		}
	}
}

func TestLeadsASession(t *testing.T) {
	p, out := start(t, "ps -o pgid=,sid= -p $$; echo $$")
	ids := strings.Fields(readLine(t, out))
	pid := readLine(t, out)
	p.Wait()
	if len(ids) != 2 || ids[0] != pid || ids[1] != pid {
		t.Errorf("group and session %v of process %s", ids, pid)
	}
}

func TestWaitEndsTheGroup(t *testing.T) {
	p, out := start(t, "sleep 1000 & echo $!")
	child := readLine(t, out)
	p.Wait()
	gone(t, child)
}

func TestReapLeavesTheGroup(t *testing.T) {
	p, out := start(t, "sleep 1000 & echo $!")
	child := readLine(t, out)
	p.Reap()
	state, err := exec.Command("ps", "-o", "stat=", "-p", child).Output()
	if err != nil || strings.HasPrefix(string(state), "Z") {
		t.Errorf("the child of a reaped leader: %q, %v", state, err)
	}
	_ = exec.Command("kill", "-KILL", child).Run()
	gone(t, child)
}

// TestEndEscalates: what ignores TERM gets KILL, and only after the grace.
func TestEndEscalates(t *testing.T) {
	p, out := start(t, `trap "" TERM; echo ready; while :; do sleep 1000; done`)
	readLine(t, out)
	grace := 200 * time.Millisecond
	began := time.Now()
	end(p, grace)
	if took := time.Since(began); took < grace {
		t.Errorf("ended after %s, before the grace of %s", took, grace)
	}
	if got := p.Wait(); got.Signal != syscall.SIGKILL {
		t.Errorf("%+v, want an end by SIGKILL", got)
	}
}

func TestSignalAfterReap(t *testing.T) {
	p, _ := start(t, "exit 0")
	p.Wait()
	if err := p.Signal(syscall.SIGTERM); err != errReaped { //nolint:errorlint // the value itself is promised
		t.Errorf("a signal after reaping: %v, want %v", err, errReaped)
	}
}

// TestExitedDoesNotReap: the number stays the process's own until Wait.
func TestExitedDoesNotReap(t *testing.T) {
	p, _ := start(t, "exit 5")
	<-p.Exited()
	if err := syscall.Kill(p.Pid(), 0); err != nil {
		t.Errorf("the number of an unreaped process: %v", err)
	}
	if got := p.Wait(); got.Code != 5 {
		t.Errorf("%+v, want 5", got)
	}
}

func TestStartFails(t *testing.T) {
	s := NewSpawner(2)
	defer s.Close()
	if _, err := s.Start(exec.Command("/nonexistent/program")); err == nil {
		t.Error("a program that is not there was started")
	}
	p, err := s.Start(exec.Command("true"))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Wait(); got.Code != 0 {
		t.Errorf("%+v", got)
	}
}

// TestKilledParent: after SIGKILL neither the leader nor its group is left, and
// the sweeper's directory is gone.
func TestKilledParent(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "private")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PROC_TEST_PARENT="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	var child, leader string
	for range 2 { // the script's line and the parent's, in any order
		if line := readLine(t, lines); line != "added" {
			child, leader, _ = strings.Cut(line, " ")
		}
	}
	_ = cmd.Process.Kill()
	gone(t, leader)
	gone(t, child)
	_, _ = io.Copy(io.Discard, lines)
	_ = cmd.Wait()
	began := time.Now()
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			tick.Stop()
			return
		}
		if time.Since(began) > patience {
			t.Fatal("the sweeper's directory is still there")
		}
	}
}

// TestSweeperInPeace: a group that was removed is not touched.
func TestSweeperInPeace(t *testing.T) {
	s, err := NewSweeper(1, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p, out := start(t, "echo ready; exec sleep 1000")
	readLine(t, out)
	slot, err := s.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	slot.Set(p)
	s.Remove(slot)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-p.Exited():
		t.Error("a group that was removed was ended")
	default:
	}
	end(p, patience)
	p.Wait()
}

// end ends the group: SIGTERM, and SIGKILL if the leader has not ended after
// grace. It returns when the leader has ended; Wait is still to be called.
func end(p *Process, grace time.Duration) {
	_ = p.Signal(syscall.SIGTERM)
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-p.exited:
	case <-t.C:
		_ = p.Signal(syscall.SIGKILL)
		<-p.exited
	}
}
