package acceptance

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
)

// A signal by kill(1) is that signal, at the prompt and during a command, and
// leaves nothing behind.
func TestInteractiveSignals(t *testing.T) {
	t.Parallel()
	for _, end := range []ending{{"INT", syscall.SIGINT, 130}, {"QUIT", syscall.SIGQUIT, 131}, {"TERM", syscall.SIGTERM, 143}, {"HUP", syscall.SIGHUP, 129}, {"KILL", syscall.SIGKILL, 137}} {
		for _, busy := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", end.name, busy), func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t)
				mark := sshtest.Mark()
				p := interactive(t, s, "-h", "a,b")
				p.does("echo ready")
				if busy {
					p.types("env MARK=" + mark + " sleep 300; echo no\r")
					sshtest.WaitMarked(t, mark, 2)
				}
				p.signal(end.sig)
				if busy && end.sig == syscall.SIGTERM {
					p.signalUntilEnd(end.sig)
				}
				if code := p.wait(); code != end.code {
					t.Errorf("exit status %d, want %d", code, end.code)
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
	p := interactive(t, s, "-t", "60", "-h", "a,b")
	p.types("echo up; until test -e " + release + "; do sleep 0.1; done; echo done\r")
	p.sees(`^a: up`, 1)
	p.signal(syscall.SIGTERM)
	p.states(`not started: b`, 1)
	login()
	create(t, release)
	if code := p.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
	p.sees(`^a: done`, 1)
	if strings.Contains(p.out.String(), "b: ") {
		t.Error("a host has begun after SIGTERM")
	}
	s.WaitGone()
}

// states asks for the states until they have been shown n times with a line.
func (p *typist) states(line string, n int) {
	p.t.Helper()
	sshtest.WaitFor(p.t, line, func() bool {
		p.signal(syscall.SIGUSR1)
		return strings.Count(p.out.String(), line) >= n
	})
}

// A login that is slow holds up nobody: the prompt is there, and so are the
// others; and a command that waits for it can be given up.
func TestInteractiveSlowLogin(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	login := s.Slow("b")
	p := interactive(t, s, "-t", "60", "-h", "a,b")
	p.does(":on a echo first")
	p.sees(`^a: first`, 1)
	p.types(":hosts\r")
	p.sees(`^connecting: b \(1\)`, 1)
	p.sees(`^ready: a \(1\)`, 1)
	p.types("echo second\r")
	p.sees(`^a: second`, 1)
	p.types("\x03")
	p.finished()
	p.types("echo third\r")
	p.sees(`^a: third`, 1)
	login()
	p.finished()
	p.sees(`^b: third`, 1)
	if text := p.out.String(); strings.Contains(text, "b: second") || strings.Contains(text, "ERROR") {
		t.Error("a command that was given up has run, or its host was lost")
	}
	p.leaves(0)
	s.WaitGone()
}

// A host that is lost between commands or during one is told of and ends the
// session; with --keep-going it is set aside, and :reconnect brings it back.
func TestInteractiveLost(t *testing.T) {
	t.Parallel()
	t.Run("between", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := interactive(t, s, "-h", "a,b")
		p.does("echo ready")
		s.Kill("b")
		p.types("echo next\r")
		p.sees(`^ERROR: b connection lost`, 1)
		if code := p.wait(); code != 255 {
			t.Errorf("exit status %d", code)
		}
		s.WaitGone()
	})
	t.Run("frozen between", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := interactive(t, s, "--lost-after", "2", "--keep-going", "-h", "a,b")
		p.does("echo ready")
		thaw := s.Freeze("b")
		sshtest.WaitFor(t, "the loss is noticed", func() bool {
			p.types(":hosts\r")
			return strings.Contains(p.out.String(), "lost: b (1)")
		})
		if strings.Contains(p.out.String(), "ERROR") {
			t.Error("a loss was told before the next command")
		}
		p.does("echo next")
		p.sees(`^ERROR: b connection lost`, 1)
		p.sees(`^a: next`, 1)
		p.types(":hosts\r")
		p.sees(`^set aside: b \(1\)`, 1)
		thaw()
		p.types(":reconnect\r")
		p.does("echo again")
		p.sees(`^[ab]: again`, 2)
		p.leaves(0)
		s.WaitGone()
	})
	t.Run("frozen", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := interactive(t, s, "--lost-after", "2", "-h", "a,b")
		p.does("echo ready")
		p.types("echo up; sleep 300\r")
		p.sees(`^[ab]: up`, 2)
		s.Freeze("b")
		p.sees(`^ERROR: b connection lost`, 1)
		if code := p.wait(); code != 255 {
			t.Errorf("exit status %d", code)
		}
	})
	t.Run("keep going", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := interactive(t, s, "--keep-going", "-h", "a,b")
		p.does("echo ready")
		p.types("echo up; test $CLSH_HOST = a || sleep 300\r")
		p.sees(`^[ab]: up`, 2)
		s.Kill("b")
		p.finished()
		p.sees(`^ERROR: b connection lost`, 1)
		p.does("echo alone")
		p.sees(`^a: alone`, 1)
		p.types(":reconnect b\r")
		p.does("echo both")
		p.sees(`^[ab]: both`, 2)
		if strings.Contains(p.out.String(), "b: alone") {
			t.Error("a host that is set aside was talked to")
		}
		p.leaves(0)
		s.WaitGone()
	})
}
