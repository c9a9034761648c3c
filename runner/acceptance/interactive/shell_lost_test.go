package interactive

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A signal by kill(1) is that signal, at the prompt and during a command, and
// leaves nothing behind.
func TestInteractiveSignals(t *testing.T) {
	t.Parallel()
	for _, end := range []clshtest.Ending{{Name: "INT", Sig: syscall.SIGINT, Code: 130}, {Name: "QUIT", Sig: syscall.SIGQUIT, Code: 131}, {Name: "TERM", Sig: syscall.SIGTERM, Code: 143}, {Name: "HUP", Sig: syscall.SIGHUP, Code: 129}, {Name: "KILL", Sig: syscall.SIGKILL, Code: 137}} {
		for _, busy := range []bool{false, true} {
			if !sshtest.Full() && !busy && end.Name != "INT" && end.Name != "TERM" {
				continue // nothing runs that could stay
			}
			t.Run(fmt.Sprintf("%s/%v", end.Name, busy), func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t)
				mark := sshtest.Mark()
				p := clshtest.Interactive(t, s, "-h", "a,b")
				p.Does("echo ready")
				if busy {
					p.Types("env MARK=" + mark + " sleep 300; echo no\r")
					sshtest.WaitMarked(t, mark, 2)
				}
				p.Signal(end.Sig)
				if busy && end.Sig == syscall.SIGTERM {
					p.SignalUntilEnd(end.Sig)
				}
				if code := p.Wait(); code != end.Code {
					t.Errorf("exit status %d, want %d", code, end.Code)
				}
				s.WaitGone(mark)
			})
		}
	}
}

// SIGTERM lets what runs end, and begins nothing on a host that is not there yet.
func TestInteractiveTerm(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	login := s.Slow("b")
	release := filepath.Join(s.Home, "release")
	p := clshtest.Interactive(t, s, "-t", "60", "-h", "a,b")
	p.Types("echo up; until test -e " + release + "; do sleep 0.1; done; echo done\r")
	p.Sees(`^a: up`, 1)
	p.Signal(syscall.SIGTERM)
	states(p, `not started: b`, 1)
	login()
	clshtest.Touch(t, release)
	if code := p.Wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
	p.Sees(`^a: done`, 1)
	if strings.Contains(p.Out.String(), "b: ") {
		t.Error("a host has begun after SIGTERM")
	}
	s.WaitGone()
}

// states asks for the states until they have been shown n times with a line.
func states(p *clshtest.Typist, line string, n int) {
	p.T.Helper()
	sshtest.WaitFor(p.T, line, func() bool {
		p.Signal(syscall.SIGUSR1)
		return strings.Count(p.Out.String(), line) >= n
	})
}

// A login that is slow holds up nobody: the prompt is there, and so are the
// others; and a command that waits for it can be given up.
func TestInteractiveSlowLogin(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	login := s.Slow("b")
	p := clshtest.Interactive(t, s, "-t", "60", "-h", "a,b")
	p.Does(":on a echo first")
	p.Sees(`^a: first`, 1)
	p.Types(":hosts\r")
	p.Sees(`^connecting: b \(1\)`, 1)
	p.Sees(`^ready: a \(1\)`, 1)
	p.Types("echo second\r")
	p.Sees(`^a: second`, 1)
	p.Types("\x03")
	p.Finished()
	p.Types("echo third\r")
	p.Sees(`^a: third`, 1)
	login()
	p.Finished()
	p.Sees(`^b: third`, 1)
	if text := p.Out.String(); strings.Contains(text, "b: second") || strings.Contains(text, "ERROR") {
		t.Error("a command that was given up has run, or its host was lost")
	}
	p.Leaves(0)
	s.WaitGone()
}

// A host that is lost between commands or during one is reported and ends the
// session; with --keep-going it is set aside, and :reconnect brings it back.
func TestInteractiveLost(t *testing.T) {
	t.Parallel()
	t.Run("between", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := clshtest.Interactive(t, s, "-h", "a,b")
		p.Does("echo ready")
		s.Kill("b")
		p.Types("echo next\r")
		p.Sees(`^ERROR: b connection lost`, 1)
		if code := p.Wait(); code != 255 {
			t.Errorf("exit status %d", code)
		}
		s.WaitGone()
	})
	t.Run("frozen between", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := clshtest.Interactive(t, s, "--lost-after", "2", "--keep-going", "-h", "a,b")
		p.Does("echo ready")
		thaw := s.Freeze("b")
		sshtest.WaitFor(t, "the loss is noticed", func() bool {
			p.Types(":hosts\r")
			return strings.Contains(p.Out.String(), "lost: b (1)")
		})
		if strings.Contains(p.Out.String(), "ERROR") {
			t.Error("a loss was reported before the next command")
		}
		p.Does("echo next")
		p.Sees(`^ERROR: b connection lost`, 1)
		p.Sees(`^a: next`, 1)
		p.Types(":hosts\r")
		p.Sees(`^set aside: b \(1\)`, 1)
		thaw()
		p.Types(":reconnect\r")
		p.Does("echo again")
		p.Sees(`^[ab]: again`, 2)
		p.Leaves(0)
		s.WaitGone()
	})
	t.Run("frozen", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := clshtest.Interactive(t, s, "--lost-after", "2", "-h", "a,b")
		p.Does("echo ready")
		p.Types("echo up; sleep 300\r")
		p.Sees(`^[ab]: up`, 2)
		s.Freeze("b")
		p.Sees(`^ERROR: b connection lost`, 1)
		if code := p.Wait(); code != 255 {
			t.Errorf("exit status %d", code)
		}
	})
	t.Run("keep going", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := clshtest.Interactive(t, s, "--keep-going", "-h", "a,b")
		p.Does("echo ready")
		p.Types("echo up; test $CLSH_HOST = a || sleep 300\r")
		p.Sees(`^[ab]: up`, 2)
		s.Kill("b")
		p.Finished()
		p.Sees(`^ERROR: b connection lost`, 1)
		p.Does("echo alone")
		p.Sees(`^a: alone`, 1)
		p.Types(":reconnect b\r")
		p.Does("echo both")
		p.Sees(`^[ab]: both`, 2)
		if strings.Contains(p.Out.String(), "b: alone") {
			t.Error("a host that is set aside was talked to")
		}
		p.Leaves(0)
		s.WaitGone()
	})
}
