package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"clsh/runner/sshtest"
)

// shells are the login shells of the matrix.
func shells() []string { return []string{"bash", "dash", "zsh", "fish", "ksh", "tcsh", "busybox"} }

// remoteKinds are what runs on the hosts when clsh is ended. Each prints "up"
// when it runs; %s is a mark. The outer words are in the language that all
// login shells share.
func remoteKinds() map[string]string {
	return map[string]string{
		"sleep":    `echo up; env MARK=%s sleep 300`,
		"ignoring": `env MARK=%s sh -c 'trap "" TERM INT HUP; echo up; while :; do sleep 1; done'`,
		"pipeline": `echo up; env MARK=%s sleep 300 | cat`,
		"children": `env MARK=%s sh -c 'sleep 300 & sleep 301 & echo up; wait'`,
	}
}

// ending is a way to end clsh, and the status that it must leave.
type ending struct {
	name string
	sig  syscall.Signal
	code int
}

func endings() []ending {
	return []ending{
		{"INT", syscall.SIGINT, 130},
		{"QUIT", syscall.SIGQUIT, 131},
		{"HUP", syscall.SIGHUP, 129},
		{"TERM twice", syscall.SIGTERM, 143},
		{"KILL", syscall.SIGKILL, 137},
	}
}

// TestNothingIsLeftBehind is the matrix of shell, signal and kind of
// command. On each change: all kinds and signals with bash, and each other
// shell with one signal and one kind, going round. With --full: all of it.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	kinds := []string{"sleep", "ignoring", "pipeline", "children"}
	for i, shell := range shells() {
		for j, end := range endings() {
			for k, kind := range kinds {
				if !full() && shell != "bash" && (j != i%len(endings()) || k != i%len(kinds)) {
					continue
				}
				t.Run(strings.Join([]string{shell, end.name, kind}, "/"), func(t *testing.T) {
					t.Parallel()
					s := sshtest.New(t, sshtest.Shell(shell))
					leaveNothing(t, s, end, remoteKinds()[kind])
				})
			}
		}
	}
}

func leaveNothing(t *testing.T, s *sshtest.Site, end ending, command string) {
	t.Helper()
	mark := sshtest.Mark()
	c := start(t, s, "--kill-after", "1", "-h", "a,b,c", fmt.Sprintf(command, mark))
	c.waitFor(c.out, `^[abc]: up$`, 3)
	sshtest.WaitMarked(t, mark, 3)
	c.signal(end.sig)
	if end.sig == syscall.SIGTERM {
		c.signalUntilEnd(end.sig)
	}
	if code := c.wait(); code != end.code {
		t.Errorf("exit status %d, want %d", code, end.code)
	}
	s.WaitGone(mark)
}

// signalUntilEnd repeats a signal until clsh has ended, for two that are
// pending at once are one.
func (c *command) signalUntilEnd(sig syscall.Signal) {
	c.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(sshtest.Limit)
	defer limit.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-tick.C:
			c.signal(sig)
		case <-limit.C:
			c.t.Fatalf("%s: still running", c.description)
		}
	}
}

// The second of two signals does not wait for a command that ignores the
// first one; the host, which nobody asks any more, ends it soon.
func TestSecondSignalKillsAtOnce(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	mark := sshtest.Mark()
	const grace = 100 * time.Second
	c := start(t, s, "--kill-after", "100", "-h", "a,b", fmt.Sprintf(remoteKinds()["ignoring"], mark))
	c.waitFor(c.out, `: up$`, 2)
	first := time.Now()
	c.signal(syscall.SIGINT)
	c.signalUntilEnd(syscall.SIGINT)
	c.want(130)
	if took := time.Since(first); took >= grace/2 {
		t.Errorf("ended %s after the first signal, whose grace is %s", took, grace)
	}
	s.WaitGone(mark)
}

// A single SIGTERM lets what runs finish and starts nothing further.
func TestTermFinishes(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	release := filepath.Join(s.Home, "release")
	c := start(t, s, "-f", "2", "-h", "a,b,c,d", "echo up; while ! test -e "+release+"; do sleep 0.1; done; echo done")
	c.waitFor(c.out, `^[ab]: up$`, 2)
	c.signal(syscall.SIGTERM)
	c.answered()
	create(t, release)
	c.want(143, "a: up", "b: up", "a: done", "b: done")
	c.wantError(`.*not started: c,d`)
	s.WaitGone()
}

// answered returns when clsh has taken in all signals that it was sent
// before: it answers SIGUSR1 with the states, and the second of these was sent
// after it had begun to answer the first.
func (c *command) answered() {
	c.t.Helper()
	for range 2 {
		before := strings.Count(c.errs.String(), "\n")
		c.signal(syscall.SIGUSR1)
		c.waitFor(c.errs, `\n`, before+1)
	}
}

func create(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// SIGUSR1 shows the states and changes nothing.
func TestStates(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	release := filepath.Join(s.Home, "release")
	c := start(t, s, "-f", "2", "-h", "a,b,c", "echo up; test $CLSH_HOST = a && exit; while ! test -e "+release+"; do sleep 0.1; done")
	c.waitFor(c.out, `: up$`, 3) // c has begun, so a has ended
	c.signal(syscall.SIGUSR1)
	c.waitFor(c.errs, `running.*b,c`, 1)
	create(t, release)
	c.want(0, "a: up", "b: up", "c: up")
}

// What a command leaves in the background on purpose stays, and is not
// waited for.
func TestBackgroundStays(t *testing.T) {
	t.Parallel()
	for _, shell := range shells() {
		for name, command := range map[string]string{
			"plain": `env MARK=%s sleep 100 &`,
			"nohup": `nohup env MARK=%s sleep 100 >/dev/null 2>&1 &`,
		} {
			if !full() && shell != "bash" && name == "nohup" {
				continue
			}
			if shell == "tcsh" && name == "nohup" {
				command = `nohup env MARK=%s sleep 100 >& /dev/null &` // csh has no 2>
			}
			t.Run(shell+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t, sshtest.Shell(shell))
				mark := sshtest.Mark()
				began := time.Now()
				c := start(t, s, "-h", "a,b,c", fmt.Sprintf(command, mark))
				c.wait()
				if took := time.Since(began); took > 90*time.Second {
					t.Errorf("it was waited for: %v", took)
				}
				c.want(0)
				s.WaitDisconnected()
				// The shell does not wait until env has become sleep.
				sshtest.WaitFor(t, "3 sleeps are there", func() bool {
					sleeps := 0
					for _, p := range sshtest.Marked(t, mark) {
						if p.Name == "sleep" {
							sleeps++
						}
					}
					return sleeps == 3
				})
			})
		}
	}
}

// nohup clsh ... & outlives its terminal.
func TestNohup(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	release := filepath.Join(s.Home, "release")
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	cmd := exec.Command("sh", "-c", `nohup clsh -h a,b "echo up; while ! test -e `+release+`; do sleep 0.1; done; echo done" >out 2>&1 </dev/null & echo $!; wait`)
	cmd.Env, cmd.Dir = append(s.Env(), "CLSH_SSH_CONFIG="+s.Config()), dir
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	var line [32]byte
	n, err := terminal.Read(line[:])
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	has := func(n int, text string) func() bool {
		return func() bool {
			got, err := os.ReadFile(out)
			return err == nil && len(regexp.MustCompile(text).FindAllIndex(got, -1)) == n
		}
	}
	sshtest.WaitFor(t, "both hosts run", has(2, ": up\n"))
	if err := terminal.Close(); err != nil { // the kernel sends SIGHUP
		t.Fatal(err)
	}
	_ = cmd.Wait() // the shell goes
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("clsh has gone with its terminal: %v", err)
	}
	create(t, release)
	sshtest.WaitFor(t, "both hosts finish", has(2, ": done\n"))
	s.WaitGone()
}

// A stopped clsh declares nobody lost when it goes on.
func TestStopAndContinue(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	release := filepath.Join(s.Home, "release")
	cmd := clshCommand(t, s, "--lost-after", "2", "-h", "a,b", "echo up; while ! test -e "+release+"; do sleep 0.1; done; echo done")
	// SIGTSTP stops nobody in an orphaned process group (POSIX), which the
	// tests' own may be.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c := startCommand(t, cmd)
	c.waitFor(c.out, `: up$`, 2)
	pause := 5 * time.Second
	if full() {
		pause = 20 * time.Second
	}
	c.signal(syscall.SIGTSTP)
	sshtest.WaitFor(t, "clsh is stopped", func() bool { return state(t, c.cmd.Process.Pid) == "T" })
	<-time.After(pause) // the time itself is what is tested
	c.signal(syscall.SIGCONT)
	c.answered()
	create(t, release)
	c.want(0, "a: up", "b: up", "a: done", "b: done")
	c.wantNoError("ERROR")
}

// state returns a process's state as ps(1) shows it, its first letter.
func state(t *testing.T, pid int) string {
	t.Helper()
	out, err := exec.Command("ps", "-o", "state=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		t.Fatalf("ps: %v", err)
	}
	return strings.TrimSpace(string(out))[:1]
}

// The summary tells hosts that confirmed their end from those that did not, which
// are waited for a while (TestHostileHosts) or until a second signal.
func TestConfirmed(t *testing.T) {
	t.Parallel()
	for _, signals := range []int{1, 2} {
		if signals == 1 && !full() {
			continue // takes 11 s
		}
		t.Run(fmt.Sprintf("%d signals", signals), func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			c := start(t, s, "--lost-after", "0", "--format", "json", "-h", "a,b,c", "echo up; sleep 300")
			c.waitFor(c.out, `"data":"up"`, 3)
			s.Freeze("b")
			c.signal(syscall.SIGINT)
			c.waitFor(c.out, `"type":"exit","host":"[ac]",.*"outcome":"stopped"`, 2)
			if signals == 2 {
				c.signalUntilEnd(syscall.SIGINT)
			}
			c.want(130)
			c.wantError(`.*stopped.*: a,c\b`, `.*not confirmed.*: b\b`)
		})
	}
}

// A host that is lost and a limit leave nothing behind either.
func TestNothingIsLeftBehindByFailures(t *testing.T) {
	t.Parallel()
	for kind, command := range remoteKinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			lost, late := sshtest.Mark(), sshtest.Mark()
			c := start(t, s, "--kill-after", "1", "-h", "a,b,c", fmt.Sprintf(command, lost))
			c.waitFor(c.out, `: up$`, 3)
			s.Kill("b")
			c.want(255)
			c.wantError("ERROR: b connection lost")
			c = start(t, s, "--kill-after", "1", "--timeout", "2", "-h", "a,b,c", fmt.Sprintf(command, late))
			c.want(124)
			s.WaitGone(lost, late)
		})
	}
}
