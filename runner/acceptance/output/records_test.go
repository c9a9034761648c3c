package output

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// recorded returns what `clsh --runs` and the like print in the Site's store and a directory.
func recorded(t *testing.T, s *sshtest.Site, dir string, args ...string) string {
	t.Helper()
	cmd := clshtest.InOwnSession(clshtest.Cmd(t, s, args...))
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// After kill -9 the record says where the command had begun and ended, and reruns of its sets do the
// rest: together each host once, and none of those that are ok.
func TestKilledRunIsTakenUp(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	ran := t.TempDir() + "/ran."
	if err := os.Chmod(filepath.Dir(ran), 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := clshtest.Cmd(t, s, "-f", "1", "-h", "a,b,c,d,e", "echo x >>"+ran+"$CLSH_HOST; case $CLSH_HOST in b) exit 3;; c) test -e "+ran+"again || sleep 300;; esac")
	cmd.Args = slices.Insert(cmd.Args, 1, "--keep-going")
	dir := cmd.Dir
	c := clshtest.StartCmd(t, clshtest.InOwnSession(cmd))
	sshtest.WaitFor(t, "the third host runs", func() bool {
		_, err := os.Stat(ran + "c")
		return err == nil
	})
	if got := recorded(t, s, dir, "--runs"); !strings.Contains(got, "  running, 1 ok, 1 exit 3, 1 unfinished, 2 not started  [a-e]") && !strings.Contains(got, "  running, 1 ok, 1 exit 3, 1 unfinished, 2 not started  a,b,c,d,e") {
		t.Errorf("while it runs: %s", got)
	}
	busy := clshtest.InOwnSession(clshtest.Cmd(t, s, "--rerun", "rest"))
	busy.Dir = dir
	if out, err := busy.CombinedOutput(); err == nil || !strings.Contains(string(out), " goes on\nhint: wait") {
		t.Errorf("a rerun while it runs: %v, %s", err, out)
	}
	c.Signal(syscall.SIGKILL)
	c.Wait()
	s.WaitGone()
	for set, want := range map[string]string{"not_started": "d,e", "failed": "b", "unfinished": "c", "ok": "a", "started": "a,b,c", "rest": "b,c,d,e", "all": "a,b,c,d,e"} {
		if got := recorded(t, s, dir, "--rerun", set, "--list"); strings.Join(strings.Fields(got), ",") != want {
			t.Errorf("%s: %q, want %s", set, got, want)
		}
	}
	if err := os.WriteFile(ran+"again", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	again := clshtest.InOwnSession(clshtest.Cmd(t, s, "--rerun", "not_started,failed,unfinished"))
	again.Dir = dir
	rerun := clshtest.StartCmd(t, again)
	rerun.Want(3)
	rerun.WantError(`Note: rerun of [b-z]{4}: '.*' on b,c,d,e \(4\)$`, `Note: the command of [b-z]{4} may have done its work on c \(1\): `)
	for host, want := range map[string]int{"a": 1, "b": 2, "c": 2, "d": 1, "e": 1} {
		text, err := os.ReadFile(ran + host)
		if err != nil || strings.Count(string(text), "x") != want {
			t.Errorf("%s: ran %q, want %d times; %v", host, text, want, err)
		}
	}
}

// Several clsh at once leave a record each.
func TestRecordsAtOnce(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	fake := sshtest.FakeSSH(t, "")
	var group sync.WaitGroup
	for i := range 6 {
		group.Go(func() {
			if out, err := clshtest.Cmd(t, s, "--ssh", fake, "-h", "a,b", fmt.Sprintf("echo %d", i)).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	group.Wait()
	got := recorded(t, s, t.TempDir(), "--runs")
	if strings.Count(got, "\n") != 6 || strings.Count(got, " 2 ok ") != 6 {
		t.Errorf("%s", got)
	}
}

// A command that a gate starts is never the last run.
func TestGateIsNotLast(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	dir := t.TempDir()
	fake := sshtest.FakeSSH(t, "")
	for _, gate := range []string{"", "kxqb"} {
		cmd := clshtest.InOwnSession(clshtest.Cmd(t, s, "--ssh", fake, "-h", "a"+gate, "true"))
		cmd.Dir = dir
		if gate != "" {
			cmd.Env = append(cmd.Env, "CLSH_GATE_BATCH=1", "CLSH_GATE_RUN="+gate)
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if got := recorded(t, s, dir, "--rerun", "all", "--list"); got != "a\n" {
		t.Errorf("the last run is that on %s", got)
	}
	if got := recorded(t, s, dir, "--runs"); strings.Count(got, "\n") != 2 {
		t.Errorf("%s", got)
	}
}

// From a terminal, the last run is that of the terminal, whatever the directory.
func TestLastOfTerminal(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	fake := sshtest.FakeSSH(t, "")
	if out, err := clshtest.InOwnSession(clshtest.Cmd(t, s, "--ssh", fake, "-h", "elsewhere", "true")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	script := `clsh --ssh "$1" -h here true && cd / && clsh --rerun all --list && clsh --runs && clsh --rerun ok -q 'echo "again $CLSH_HOST"'`
	cmd := clshtest.Cmd(t, s)
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", script, "sh", fake}
	cmd.Env = append(cmd.Env, "NO_COLOR=1", "CLSH_PROGRESS=never")
	terminal, err := pty.Start(cmd) // in a session of its own, whose terminal it is
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	text, _ := io.ReadAll(terminal) // EIO once nobody has it open any more
	if err := cmd.Wait(); err != nil || !strings.Contains(string(text), "\nhere\r\n") || !strings.Contains(string(text), "here: again here") {
		t.Errorf("%v: %q", err, text)
	}
}
