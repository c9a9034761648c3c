package connections

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A keptSite is a Site whose connections are kept.
type keptSite struct {
	*sshtest.Site
	t       *testing.T
	dir     string
	environ []string // beside the Site's
}

func newKeptSite(t *testing.T, opts ...sshtest.Option) *keptSite {
	t.Helper()
	s := &keptSite{Site: sshtest.New(t, opts...), t: t}
	s.dir = filepath.Join(s.Dir, "run")
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.Daemon("tcp") // a connection without a ProxyCommand
	return s
}

// start starts clsh, with connections that are kept for so long.
func (s *keptSite) start(hold string, args ...string) *clshtest.Command {
	s.t.Helper()
	cmd := clshtest.Cmd(s.t, s.Site, append([]string{"--persist", hold}, args...)...)
	cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+s.dir)
	cmd.Env = append(cmd.Env, s.environ...)
	if args[0] == "-i" {
		cmd.Stdin = strings.NewReader("echo in\nquit\n")
	}
	return clshtest.StartCmd(s.t, cmd)
}

// logins is how many there were.
func (s *keptSite) logins() int { return strings.Count(s.Log(), "Accepted publickey") }

func (s *keptSite) sockets() int {
	list, err := filepath.Glob(filepath.Join(s.dir, "clsh", "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}

// masters returns the masters that run. The title that they give themselves lies
// over their environment, and with it over the Site's mark.
func (s *keptSite) masters() (list []sshtest.Process) {
	for _, p := range sshtest.Marked(s.t, s.dir) {
		if strings.Contains(p.Command, "[mux]") {
			list = append(list, p)
		}
	}
	return list
}

// want checks how many logins there were, and how many connections are kept.
func (s *keptSite) want(logins, masters int) {
	s.t.Helper()
	if got := s.logins(); got != logins {
		s.t.Errorf("%d logins, want %d", got, logins)
	}
	if got, sockets := len(s.masters()), s.sockets(); got != masters || sockets != masters {
		s.t.Errorf("%d masters and %d sockets, want %d", got, sockets, masters)
	}
}

// countedSSH returns an ssh, and how often it was called to reach a host.
func (s *keptSite) countedSSH() (program string, calls func() int) {
	s.t.Helper()
	log := filepath.Join(s.dir, "calls")
	program = filepath.Join(s.dir, "ssh")
	script := "#!/bin/sh\nfor last; do :; done\n[ \"$last\" = -V ] || echo call >>" + log + "\nexec " + sshtest.Program("ssh") + " \"$@\"\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		s.t.Fatal(err)
	}
	return program, func() int {
		s.t.Helper()
		text, err := os.ReadFile(log)
		if err != nil {
			s.t.Fatal(err)
		}
		return strings.Count(string(text), "call")
	}
}

// Connections are kept, and used by the next call in every mode; a call without
// --persist uses none of them.
func TestPersist(t *testing.T) {
	t.Parallel()
	s := newKeptSite(t)
	s.start("60", "-h", "a,tcp", "echo in").Want(0, "a: in", "tcp: in")
	s.want(2, 2)
	s.start("60", "-h", "a,tcp", "echo in; exit 3").Want(3, "a: in", "tcp: in")
	s.want(2, 2)
	s.start("60", "--no-agent", "-h", "a,tcp", "echo in").Want(0, "a: in", "tcp: in")
	s.start("60", "--tty", "-h", "a,tcp", "tty -s && echo in").Want(0, "a: in\r", "tcp: in\r")
	c := s.start("60", "-i", "-h", "a,tcp")
	if code := c.Wait(); code != 0 || !strings.Contains(c.Out.String(), "tcp: in\n") {
		t.Errorf("interactive: status %d", code)
	}
	s.want(2, 2)
	clshtest.Start(t, s.Site, "-h", "a,tcp", "echo in").Want(0, "a: in", "tcp: in")
	if got := s.logins(); got != 4 {
		t.Errorf("%d logins, want 2 more without --persist", got)
	}
}

// A session on a connection that is kept needs no ssh, and finds the environment
// that ssh would have passed on; where more is asked for, there is an ssh.
func TestPersistPassenger(t *testing.T) {
	t.Parallel()
	s := newKeptSite(t, sshtest.SSHDConfig("AcceptEnv *"), sshtest.SSHConfig("SendEnv GIVEN_* OTHER\nHost b\n  SetEnv SET=5\nMatch host never\n  User nobody\nHost *"))
	program, calls := s.countedSSH()
	s.environ = []string{"GIVEN_ONE=1 2", "OTHER=3", "UNGIVEN=4"}
	show := "echo ${GIVEN_ONE-} ${OTHER-} ${UNGIVEN-} ${SET-}"
	a, both := "a: 1 2 3", []string{"a: 1 2 3", "b: 1 2 3 5"}
	for i, want := range []int{2, 3} { // b always needs one
		s.start("60", "--ssh", program, "-h", "a,b", show).Want(0, both...)
		if got := calls(); got != want {
			t.Errorf("call %d: %d ssh so far, want %d", i, got, want)
		}
	}
	s.start("60", "--ssh", program, "--stdin", "-h", "a", "cat; exit 3").Want(3, "a:")
	s.start("60", "--ssh", program, "-h", "a", "--err", "/dev/null", "--timeout", "4", show+"; sleep 300").Want(124, a)
	c := s.start("60", "-i", "--ssh", program, "-h", "a")
	if code := c.Wait(); code != 0 || !strings.Contains(c.Out.String(), "a: in\n") {
		t.Errorf("interactive: status %d", code)
	}
	if got := calls(); got != 3 {
		t.Errorf("%d ssh, want 3", got)
	}
	s.start("60", "--ssh", program, "-o", "SetEnv SET=6", "-h", "a", show).Want(0, "a: 1 2 3 6")
	s.want(2+1, 2+1) // -o shapes the connection
}

// Where a connection has no more sessions, a host is reached by one of its own.
func TestPersistDeclined(t *testing.T) {
	t.Parallel()
	s := newKeptSite(t, sshtest.SSHDConfig("MaxSessions 1"))
	first := s.start("60", "-h", "a", "echo up; sleep 300")
	first.WaitFor(first.Out, ": up$", 1)
	s.start("60", "-h", "a", "echo in").Want(0, "a: in")
	c := s.start("60", "-i", "-h", "a")
	if code := c.Wait(); code != 0 || !strings.Contains(c.Out.String(), "a: in\n") {
		t.Errorf("interactive: status %d", code)
	}
	s.want(3, 1)
	first.Signal(syscall.SIGINT)
	first.Want(130)
}

// Connections that are kept end by themselves, and leave nothing.
func TestPersistEnds(t *testing.T) {
	t.Parallel()
	s := newKeptSite(t)
	s.start("1", "-h", "a,tcp", "echo in").Want(0, "a: in", "tcp: in")
	s.WaitGone(s.dir)
	if n := s.sockets(); n != 0 {
		t.Errorf("%d sockets are left", n)
	}
}

// What ends clsh ends the command, and leaves the connection.
func TestPersistStops(t *testing.T) {
	t.Parallel()
	s := newKeptSite(t)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		for range 2 { // the first ssh makes the connection, the second finds it
			mark := sshtest.Mark()
			c := s.start("60", "-h", "a,tcp", "echo up; MARK="+mark+" sleep 300")
			c.WaitFor(c.Out, ": up$", 2)
			c.Signal(sig)
			c.Want(128 + int(sig))
			sshtest.WaitGone(t, mark)
			s.want(2, 2)
		}
	}
}

// A connection that breaks or falls silent is reported, also where its master does
// not say so; a remote shell that was killed is no lost connection; and the next
// call connects again.
func TestPersistLost(t *testing.T) {
	t.Parallel()
	s := newKeptSite(t)
	s.start("60", "--lost-after", "2", "-h", "a,tcp", "true").Want(0)
	s.start("60", "--lost-after", "2", "-h", "a", "kill -9 $PPID; sleep 1").Want(137)
	s.want(2, 2)
	c := s.start("60", "--lost-after", "2", "-h", "tcp", "echo up; sleep 300")
	c.WaitFor(c.Out, ": up$", 1)
	s.Kill("tcp")
	c.Want(255)
	c.WantError(`ERROR: tcp connection lost\n  \S`)
	s.start("60", "--lost-after", "2", "-h", "tcp", "echo in").Want(0, "tcp: in")
	s.want(3, 2)
	// Silent since before the call.
	s.Freeze("a")
	c = s.start("60", "--lost-after", "2", "--ready-timeout", "20", "-h", "a", "echo in")
	code := c.Wait()
	if code != 0 && code != 255 {
		t.Errorf("frozen: status %d", code)
	}
	// A master that was killed leaves its socket.
	for _, p := range s.masters() {
		_ = syscall.Kill(p.PID, syscall.SIGKILL)
	}
	sshtest.WaitFor(t, "no master", func() bool { return len(s.masters()) == 0 })
	s.start("60", "--lost-after", "2", "-h", "tcp", "echo in").Want(0, "tcp: in")
	if n := len(s.masters()); n != 1 {
		t.Errorf("%d masters", n)
	}
}

// Two calls at once share or do not, and both succeed.
func TestPersistTwice(t *testing.T) {
	t.Parallel()
	s := newKeptSite(t)
	one, two := s.start("60", "-h", "tcp,n[1-4]", "echo in"), s.start("60", "-h", "tcp,n[1-4]", "echo in")
	want := []string{"tcp: in", "n1: in", "n2: in", "n3: in", "n4: in"}
	one.Want(0, want...)
	two.Want(0, want...)
	if n := len(s.masters()); n != 5 {
		t.Errorf("%d masters for 5 hosts", n)
	}
}

// A master that hangs, or a socket where something else answers, costs its host a
// second and a note, in every mode; then clsh connects without it.
func TestPersistUnusable(t *testing.T) {
	t.Parallel()
	note := `(?m)^\[a\] clsh: the kept connection does not answer; connecting without it$`
	calls := func(t *testing.T, s *keptSite) {
		t.Helper()
		s.start("60", "--ready-timeout", "20", "-h", "a,tcp", "echo in").Want(0, "a: in", "tcp: in")
		for _, args := range [][]string{{"echo in"}, {"--no-agent", "echo in"}} {
			c := s.start("60", append([]string{"--ready-timeout", "20", "-h", "a"}, args...)...)
			c.Want(0, "a: in")
			c.WantError(note)
		}
		c := s.start("60", "-q", "-h", "a", "echo in")
		c.Want(0, "a: in")
		c.WantNoError(".")
		c = s.start("60", "-i", "--ready-timeout", "20", "-h", "a")
		if code := c.Wait(); code != 0 || !strings.Contains(c.Out.String(), "a: in\n") {
			t.Errorf("interactive: status %d", code)
		}
		if both := c.Out.String() + c.Errs.String(); !strings.Contains(both, "[a] clsh: the kept connection does not answer") {
			t.Errorf("interactive: no note in %q", both)
		}
	}
	t.Run("stopped", func(t *testing.T) {
		t.Parallel()
		s := newKeptSite(t)
		s.start("60", "-h", "a", "echo in").Want(0, "a: in")
		for _, p := range s.masters() {
			if err := syscall.Kill(p.PID, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
		calls(t, s)
	})
	t.Run("another server", func(t *testing.T) {
		t.Parallel()
		s := newKeptSite(t)
		s.start("60", "-h", "a", "echo in").Want(0, "a: in")
		for _, p := range s.masters() {
			_ = syscall.Kill(p.PID, syscall.SIGKILL)
		}
		sockets, err := filepath.Glob(filepath.Join(s.dir, "clsh", "*"))
		if err != nil || len(sockets) != 1 {
			t.Fatalf("sockets: %v, %v", sockets, err)
		}
		if err := os.Remove(sockets[0]); err != nil {
			t.Fatal(err)
		}
		ln, err := net.Listen("unix", sockets[0])
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Write([]byte("220 mail.example.com ESMTP\r\n"))
				defer conn.Close()
			}
		}()
		t.Cleanup(func() { _ = ln.Close(); <-done })
		calls(t, s)
	})
}
