package stops

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
	"clsh/runner/sshtest/clshtest"
)

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

// TestNothingIsLeftBehind is the matrix of shell, signal and kind of
// command. On each change: all signals, with one kind and one shell each,
// going round. With --full: all of it.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	kinds := []string{"sleep", "ignoring", "pipeline", "children"}
	shells := clshtest.Shells()
	for i, shell := range shells {
		for j, end := range clshtest.Endings() {
			for k, kind := range kinds {
				if !sshtest.Full() && (j%len(kinds) != k || j != i) {
					continue
				}
				t.Run(strings.Join([]string{shell, end.Name, kind}, "/"), func(t *testing.T) {
					t.Parallel()
					s := sshtest.New(t, sshtest.Shell(shell))
					leaveNothing(t, s, end, remoteKinds()[kind])
				})
			}
		}
	}
}

func leaveNothing(t *testing.T, s *sshtest.Site, end clshtest.Ending, command string) {
	t.Helper()
	mark := sshtest.Mark()
	hosts := []string{"a", "b"}
	if sshtest.Full() {
		hosts = append(hosts, "c")
	}
	c := clshtest.Start(t, s, "--kill-after", "1", "-h", strings.Join(hosts, ","), fmt.Sprintf(command, mark))
	c.WaitFor(c.Out, `^[abc]: up$`, len(hosts))
	sshtest.WaitMarked(t, mark, len(hosts))
	c.Signal(end.Sig)
	if end.Sig == syscall.SIGTERM {
		c.SignalUntilEnd(end.Sig)
	}
	if code := c.Wait(); code != end.Code {
		t.Errorf("exit status %d, want %d", code, end.Code)
	}
	s.WaitGone(mark)
}

// The second of two signals does not wait for a command that ignores the
// first one; the host, which nobody asks any more, ends it soon.
func TestSecondSignalKillsAtOnce(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	mark := sshtest.Mark()
	const grace = 100 * time.Second
	c := clshtest.Start(t, s, "--kill-after", "100", "-h", "a,b", fmt.Sprintf(remoteKinds()["ignoring"], mark))
	c.WaitFor(c.Out, `: up$`, 2)
	first := time.Now()
	c.Signal(syscall.SIGINT)
	c.SignalUntilEnd(syscall.SIGINT)
	c.Want(130)
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
	c := clshtest.Start(t, s, "-f", "2", "-h", "a,b,c,d", "echo up; while ! test -e "+release+"; do sleep 0.1; done; echo done")
	c.WaitFor(c.Out, `^[ab]: up$`, 2)
	c.Signal(syscall.SIGTERM)
	c.Answered()
	clshtest.Touch(t, release)
	c.Want(143, "a: up", "b: up", "a: done", "b: done")
	c.WantError(`.*not started: c,d`)
	s.WaitGone()
}

// SIGUSR1 shows the states and changes nothing.
func TestStates(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	release := filepath.Join(s.Home, "release")
	c := clshtest.Start(t, s, "-f", "2", "-h", "a,b,c", "echo up; test $CLSH_HOST = a && exit; while ! test -e "+release+"; do sleep 0.1; done")
	c.WaitFor(c.Out, `: up$`, 3) // c has begun, so a has ended
	c.Signal(syscall.SIGUSR1)
	c.WaitFor(c.Errs, `running.*b,c`, 1)
	clshtest.Touch(t, release)
	c.Want(0, "a: up", "b: up", "c: up")
}

// What a command leaves in the background on purpose stays, and is not
// waited for.
func TestBackgroundStays(t *testing.T) {
	t.Parallel()
	for _, shell := range clshtest.SomeShells("bash", "fish", "tcsh") {
		for name, command := range map[string]string{
			"plain": `env MARK=%s sleep 100 &`,
			"nohup": `nohup env MARK=%s sleep 100 >/dev/null 2>&1 &`,
		} {
			if !sshtest.Full() && shell != "bash" && name == "nohup" {
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
				c := clshtest.Start(t, s, "-h", "a,b,c", fmt.Sprintf(command, mark))
				c.Wait()
				if took := time.Since(began); took > 90*time.Second {
					t.Errorf("it was waited for: %v", took)
				}
				c.Want(0)
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
	clshtest.Touch(t, release)
	sshtest.WaitFor(t, "both hosts finish", has(2, ": done\n"))
	s.WaitGone()
}

// A stopped clsh declares nobody lost when it goes on.
func TestStopAndContinue(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	release := filepath.Join(s.Home, "release")
	cmd := clshtest.Cmd(t, s, "--lost-after", "2", "-h", "a,b", "echo up; while ! test -e "+release+"; do sleep 0.1; done; echo done")
	// SIGTSTP stops nobody in an orphaned process group (POSIX), which the
	// tests' own may be.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c := clshtest.StartCmd(t, cmd)
	c.WaitFor(c.Out, `: up$`, 2)
	pause := 5 * time.Second
	if sshtest.Full() {
		pause = 20 * time.Second
	}
	c.Signal(syscall.SIGTSTP)
	sshtest.WaitFor(t, "clsh is stopped", func() bool { return state(t, c.Cmd.Process.Pid) == "T" })
	<-time.After(pause) // the time itself is what is tested
	c.Signal(syscall.SIGCONT)
	c.Answered()
	clshtest.Touch(t, release)
	c.Want(0, "a: up", "b: up", "a: done", "b: done")
	c.WantNoError("ERROR")
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

// The summary distinguishes hosts that confirmed their end from those that did not, which
// are waited for a while (TestHostileHosts) or until a second signal.
func TestConfirmed(t *testing.T) {
	t.Parallel()
	for _, signals := range []int{1, 2} {
		if signals == 1 && !sshtest.Full() {
			continue // takes 11 s
		}
		t.Run(fmt.Sprintf("%d signals", signals), func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			c := clshtest.Start(t, s, "--lost-after", "0", "--format", "json", "-h", "a,b,c", "echo up; sleep 300")
			c.WaitFor(c.Out, `"data":"up"`, 3)
			s.Freeze("b")
			c.Signal(syscall.SIGINT)
			c.WaitFor(c.Out, `"type":"exit","host":"[ac]",.*"outcome":"stopped"`, 2)
			if signals == 2 {
				c.SignalUntilEnd(syscall.SIGINT)
			}
			if code := c.Wait(); code != 130 && (signals == 1 || code != clshtest.TooSlow) {
				t.Errorf("exit status %d", code)
			}
			c.WantError(`.*stopped.*: a,c\b`, `.*not confirmed.*: b\b`)
		})
	}
}

// A host that is lost and a limit leave nothing behind either.
func TestNothingIsLeftBehindByFailures(t *testing.T) {
	t.Parallel()
	for kind, command := range remoteKinds() {
		if !sshtest.Full() && kind != "ignoring" && kind != "children" {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			lost, late := sshtest.Mark(), sshtest.Mark()
			c := clshtest.Start(t, s, "--kill-after", "1", "-h", "a,b,c", fmt.Sprintf(command, lost))
			c.WaitFor(c.Out, `: up$`, 3)
			s.Kill("b")
			c.Want(255)
			c.WantError("ERROR: b connection lost")
			c = clshtest.Start(t, s, "--kill-after", "1", "--timeout", "4", "-h", "a", fmt.Sprintf(command, late))
			c.Want(124)
			s.WaitGone(lost, late)
		})
	}
}
