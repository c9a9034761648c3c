package rollouts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// gateForks is a gate that prints "up", leaves its session and its parents, and ignores SIGTERM.
// %s is a mark that all its processes hold.
const gateForks = `export MARK=%s; (setsid sh -c 'sleep 300 & sleep 301' &); trap "" TERM; echo up; while :; do sleep 1; done`

// rolloutWaits are what a rollout waits for between two groups, and what shows that it does.
func rolloutWaits(mark string) map[string]struct {
	args []string
	sign string // on standard error, or the terminal
} {
	return map[string]struct {
		args []string
		sign string
	}{
		"gate":     {[]string{"--gate", fmt.Sprintf(gateForks, mark)}, `^gate: up`},
		"pause":    {[]string{"--gate", "echo passed", "--batch-pause", "300"}, `^gate: passed`},
		"question": {[]string{"--ask"}, `Start batch 2 \(1 host\)\? `},
	}
}

// A signal ends whatever a rollout waits for, and nothing further starts. Nothing is left behind,
// also when clsh is killed.
func TestRolloutSignals(t *testing.T) {
	t.Parallel()
	kinds := []string{"gate", "pause", "question"}
	for i, end := range append(clshtest.Endings(), clshtest.Ending{Name: "TERM", Sig: syscall.SIGTERM, Code: 143}) {
		for j, kind := range kinds {
			if !sshtest.Full() && kind != "gate" && i%2 == j%2 {
				continue
			}
			t.Run(end.Name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t)
				mark, started := sshtest.Mark(), filepath.Join(s.Home, "started")
				wait := rolloutWaits(mark)[kind]
				args := append([]string{"--kill-after", "1", "--batch", "1"}, wait.args...)
				c, _ := clshtest.StartOnTerminal(t, s, append(args, "-h", "a,b", "echo up; echo $CLSH_HOST >>"+started)...)
				c.WaitFor(c.Out, wait.sign, 1)
				c.Signal(end.Sig)
				if end.Name == "TERM twice" {
					c.SignalUntilEnd(end.Sig)
				}
				if code := c.Wait(); code != end.Code && (end.Name != "TERM twice" || code != clshtest.TooSlow) {
					t.Errorf("exit status %d, want %d", code, end.Code)
				}
				s.WaitGone(mark)
				if text, err := os.ReadFile(started); string(text) != "a\n" {
					t.Errorf("what ran: %q (%v)", text, err)
				}
				if out := c.Out.String(); end.Sig != syscall.SIGKILL && (!strings.Contains(out, "not started: b\r\n") || strings.Contains(out, "note: stopped")) {
					t.Errorf("the summary:\n%s", out)
				}
			})
		}
	}
}

// The second of two signals does not wait for a gate that ignores the first one.
func TestSecondSignalKillsGate(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	mark := sshtest.Mark()
	const grace = 200 * time.Second
	c := clshtest.Start(t, s, "--kill-after", "200", "--batch", "1", "--gate", fmt.Sprintf(gateForks, mark), "-h", "a,b", "true")
	c.WaitFor(c.Errs, `^gate: up`, 1)
	first := time.Now()
	c.Signal(syscall.SIGINT)
	c.SignalUntilEnd(syscall.SIGINT)
	if code := c.Wait(); code != 130 && code != clshtest.TooSlow {
		t.Errorf("exit status %d", code)
	}
	if took := time.Since(first); took >= grace/2 {
		t.Errorf("ended %s after the first signal, whose grace is %s", took, grace)
	}
	s.WaitGone(mark)
}

// The process that runs the gate is killed: the gate is ended, and the run stops in order.
func TestGateIsLost(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	mark := sshtest.Mark()
	c := clshtest.Start(t, s, "--kill-after", "1", "--batch", "1", "--gate", fmt.Sprintf(gateForks, mark), "-h", "a,b", "true")
	c.WaitFor(c.Errs, `^gate: up`, 1)
	killed := 0
	for _, p := range sshtest.Marked(t, mark) {
		if p.Name == "heat-helper" {
			killed++
			if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.Want(3)
	c.WantError(`note: stopped after batch 1 of 2: gate, lost: the process that ran it was killed`, `not started: b`)
	s.WaitGone(mark)
	if killed != 1 {
		t.Errorf("%d processes were killed", killed)
	}
}

// --ask on a terminal: the answers, beside a status line, Return, and standard input that is no
// terminal.
func TestAsk(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	c, terminal := clshtest.StartOnTerminal(t, s, "--ask", "--batch", "1", "-h", "node[1-5]", "echo hi")
	types := func(text string) {
		t.Helper()
		if _, err := terminal.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	c.WaitFor(c.Out, `^batch 1 of 5: 1 ok, 0 failed, 0 more may fail\r\nStart batch 2 \(1 host\)\? \[continue, stop, all, hosts\] `, 1)
	types("\n")
	c.WaitFor(c.Out, `^\[continue, stop, all, hosts\] `, 1)
	types("hosts\n")
	c.WaitFor(c.Out, `^batch 2 of 5: node2\r\n\[continue, stop, all, hosts\] `, 1)
	types("c\n")
	c.WaitFor(c.Out, `^batch 2 of 5: .*\r\nStart batch 3`, 1)
	types("all\n")
	if code := c.Wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	<-c.Read
	if n := strings.Count(c.Out.String(), "Start batch"); n != 2 {
		t.Errorf("%d questions", n)
	}
	if n := strings.Count(c.Out.String(), ": hi\r\n"); n != 5 {
		t.Errorf("%d hosts answered", n)
	}

	for answer, code := range map[string]int{"stop\n": 3, "\x04": 3} {
		cmd := clshtest.Cmd(t, s, "-c", `exec clsh --ask --batch 1 -q --stdin --json run.json -h a,b cat </dev/null`)
		cmd.Path, cmd.Args[0] = "/bin/sh", "sh"
		c, terminal := clshtest.StartCmdOnTerminal(t, cmd)
		c.WaitFor(c.Out, `Start batch 2`, 1)
		if _, err := terminal.WriteString(answer); err != nil {
			t.Fatal(err)
		}
		if got := c.Wait(); got != code {
			t.Errorf("%q: exit status %d, want %d", answer, got, code)
		}
		out, err := exec.Command("jq", "-r", `select(.type == "summary") | .stopped_by + ", " + .stop_reason`, filepath.Join(cmd.Dir, "run.json")).Output()
		if err != nil || string(out) != "asked, stopped after batch 1 of 2: asked\n" {
			t.Errorf("%q: the record says %q (%v)", answer, out, err)
		}
	}
}

// What --stdin sends cannot come from the terminal that answers.
func TestAskBesideInput(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	c, _ := clshtest.StartOnTerminal(t, s, "--ask", "--batch", "1", "--stdin", "-h", "a,b", "cat")
	if code := c.Wait(); code != 2 {
		t.Errorf("exit status %d", code)
	}
	<-c.Read
	if !strings.Contains(c.Out.String(), "--ask: cannot be combined with --stdin at a terminal") {
		t.Errorf("%q", c.Out)
	}
}

// The status line of a rollout, on a screen: the group and what it waits for; a question has the
// place to itself.
func TestScreenRollout(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	sc := clshtest.OnScreen(t, s, 100, []string{"NO_COLOR=1"}, "--batch", "2", "--max-fail", "1", "--gate", "read x <"+gate+"; echo $x", "--ask", "-h", "n[1-4]", "--no-login", "test $CLSH_RANK != 1")
	sc.WaitFor("the gate's status line", `^2/4 done, batch 1 of 2, gate running, 1 ok, 1 failed, 0 lost, 0 more may fail, \d+s: n3, n4$`, 1)
	if err := os.WriteFile(gate, []byte("\x1b[2Jfine\n"), 0); err != nil {
		t.Fatal(err)
	}
	sc.WaitFor("the question", `^gate: \^\[\[2Jfine\nbatch 1 of 2: 1 ok, 1 failed, 0 more may fail\nStart batch 2 \(2 hosts\)\? \[continue, stop, all, hosts\] *$`, 1)
	if text := sc.Text(); strings.Contains(text, "done") {
		t.Errorf("a status line beside the question:\n%s", text)
	}
	sc.Tmux("send-keys", "continue", "Enter")
	sc.WaitFor("the status line of the last gate", `^4/4 done, batch 2 of 2, gate running, `, 1)
	if err := os.WriteFile(gate, []byte("fine, too\n"), 0); err != nil {
		t.Fatal(err)
	}
	sc.Wait()
	sc.WaitFor("the summary", `^gate: fine, too\nok: n\[1,3-4\] \(3\)\nexit 1: n2\ntime: `, 1)
}
