package sshtest_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// ssh runs the real ssh against the site and returns its outputs and status.
func ssh(t *testing.T, s *sshtest.Site, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := sshCommand(s, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("run ssh: %v", err)
	}
	t.Logf("ssh %q: status %d after %v", args, cmd.ProcessState.ExitCode(), time.Since(start).Round(time.Millisecond))
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func sshCommand(s *sshtest.Site, args ...string) *exec.Cmd {
	cmd := exec.Command("ssh", append([]string{"-F", s.Config(), "-o", "BatchMode=yes"}, args...)...)
	cmd.Env = s.Env()
	return cmd
}

func TestEveryNameIsAHost(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	for _, name := range []string{"a", "node-17.example.org", "10.0.0.7"} {
		out, errs, code := ssh(t, s, name, `echo "$HOME" "$SSHTEST_SITE"; echo two >&2; exit 3`)
		if want := s.Home + " " + s.Mark + "\n"; out != want || errs != "two\n" || code != 3 {
			t.Errorf("%s: %q, %q, %d; want %q, two, 3", name, out, errs, code, want)
		}
	}
}

func TestLoginShells(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "dash", "zsh", "fish", "ksh", "tcsh", "busybox"} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell), sshtest.RC("echo noise"))
			out, errs, code := ssh(t, s, "node1", `sh -c 'readlink /proc/$PPID/exe; echo $HOME'; true`)
			path, err := filepath.EvalSymlinks(sshtest.Program(shell))
			if err != nil {
				t.Fatal(err)
			}
			want := path + "\n" + s.Home + "\n"
			if shell == "fish" || shell == "tcsh" || shell == "zsh" {
				want = "noise\n" + want // these read their file without being a login shell
			}
			if out != want || code != 0 {
				t.Errorf("%q, %q, %d; want %q", out, errs, code, want)
			}
		})
	}
}

func TestFates(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.Silent("silent")
	s.Refused("refused")
	s.Denied("denied")
	s.ChangedKey("changed")
	s.TurnsAway("busy", 2)
	s.Daemon("daemon")
	tests := []struct{ host, stderr string }{
		{"silent", "Connection timed out during banner exchange"},
		{"refused", "Connection refused"},
		{"denied", "Permission denied (publickey)"},
		{"changed", "Host key verification failed"},
		{"busy", "kex_exchange_identification"},
		{"busy", "kex_exchange_identification"},
	}
	for _, test := range tests {
		args := []string{"-o", "StrictHostKeyChecking=accept-new", test.host, "true"}
		if test.host == "silent" { // the others answer, if late
			args = append([]string{"-o", "ConnectTimeout=1"}, args...)
		}
		_, errs, code := ssh(t, s, args...)
		if code != 255 || !strings.Contains(errs, test.stderr) {
			t.Errorf("%s: %q, %d; want %q, 255", test.host, errs, code, test.stderr)
		}
	}
	s.Hangs("hung")
	hung := sshCommand(s, "hung", "echo in")
	if err := hung.Start(); err != nil {
		t.Fatal(err)
	}
	sshtest.WaitFor(t, "the login that hangs", func() bool {
		return slices.ContainsFunc(sshtest.Marked(t, s.Mark), func(p sshtest.Process) bool { return strings.HasPrefix(p.Command, "sh -c while [") })
	})
	if err := hung.Process.Kill(); err != nil || hung.Wait() == nil {
		t.Errorf("the login that hangs has ended: %v", err)
	}
	for _, host := range []string{"busy", "daemon", "other"} {
		if out, errs, code := ssh(t, s, host, "echo in"); out != "in\n" || code != 0 {
			t.Errorf("%s: %q, %q, %d", host, out, errs, code)
		}
	}
}

func TestUnknownKeysAreLearned(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.UnknownKeys()
	if _, errs, code := ssh(t, s, "-o", "StrictHostKeyChecking=yes", "a", "true"); code != 255 {
		t.Errorf("an unknown key was taken: %d, %q", code, errs)
	}
	if _, errs, code := ssh(t, s, "-o", "StrictHostKeyChecking=accept-new", "a", "true"); code != 0 {
		t.Errorf("%d, %q", code, errs)
	}
	known, err := os.ReadFile(s.KnownHosts())
	if err != nil || !strings.HasPrefix(string(known), "a ssh-ed25519 ") {
		t.Errorf("known_hosts: %q, %v", known, err)
	}
}

// began starts a command that prints its pid and goes on for ever.
func began(t *testing.T, s *sshtest.Site, host string) (cmd *exec.Cmd, mark string) {
	t.Helper()
	mark = sshtest.Mark()
	cmd = sshCommand(s, "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=2", host, "echo up; MARK="+mark+" sleep 300")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(stdout)
	if line, err := reader.ReadString('\n'); line != "up\n" {
		t.Fatalf("%q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	sshtest.WaitMarked(t, mark, 1)
	return cmd, mark
}

func TestKillAndFreeze(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"proxied", "listening"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			if kind == "listening" {
				s.Daemon("node1")
				s.Daemon("node2")
			}
			killed, _ := began(t, s, "node1")
			frozen, mark := began(t, s, "node2")
			s.Kill("node1")
			start := time.Now()
			if err := killed.Wait(); killed.ProcessState.ExitCode() != 255 {
				t.Errorf("killed: %v", err)
			}
			t.Logf("killed: ssh ended after %v", time.Since(start))
			servers := s.Sessions("node2")
			thaw := s.Freeze("node2")
			if err := frozen.Wait(); frozen.ProcessState.ExitCode() != 255 {
				t.Errorf("frozen: %v", err)
			}
			t.Logf("frozen: ssh ended after %v", time.Since(start))
			if len(sshtest.Marked(t, mark)) == 0 {
				t.Error("a frozen server has ended its command")
			}
			thaw()
			sshtest.WaitFor(t, "the thawed servers end", func() bool {
				return !slices.ContainsFunc(servers, func(p sshtest.Process) bool { return syscall.Kill(p.PID, 0) == nil })
			})
		})
	}
}

// A server's number that the kernel has given to another Site's is not taken for its own.
func TestNumbersGivenAgain(t *testing.T) {
	t.Parallel()
	s, other := sshtest.New(t), sshtest.New(t)
	began(t, other, "node1")
	for _, p := range other.Sessions("node1") {
		if err := os.WriteFile(filepath.Join(s.Dir, "sessions", "node1."+strconv.Itoa(p.PID)+".1"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.WaitDisconnected()
}

func TestSiteLeavesNothing(t *testing.T) {
	t.Parallel()
	var mark, dir, user string
	t.Run("site", func(t *testing.T) {
		s := sshtest.New(t, sshtest.Shell("bash"))
		mark, dir, user = s.Mark, s.Dir, s.User
		s.Daemon("node2")
		for _, host := range []string{"node1", "node2"} {
			began(t, s, host)
		}
		s.Freeze("node1")
	})
	sshtest.WaitGone(t, mark, dir)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the directory is still there: %v", err)
	}
	passwd, err := os.ReadFile("/etc/passwd")
	if os.Geteuid() == 0 && (err != nil || strings.Contains(string(passwd), user+":")) {
		t.Errorf("the user %s is still there (%v)", user, err)
	}
}

// A zombie is no process, and one whose environment has the mark is one.
func TestMarked(t *testing.T) {
	t.Parallel()
	mark := sshtest.Mark()
	cmd := exec.Command("sleep", "300")
	cmd.Env = append(os.Environ(), "X="+mark)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := sshtest.WaitMarked(t, mark, 1)
	if found[0].PID != cmd.Process.Pid || found[0].Parent != os.Getpid() || found[0].Name != "sleep" {
		t.Errorf("%+v", found[0])
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	sshtest.WaitGone(t, mark) // it is a zombie now, for nobody has waited for it
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Errorf("it was no zombie: %v", err)
	}
	_ = cmd.Wait()
}

func TestFakeSSH(t *testing.T) {
	t.Parallel()
	tests := []struct{ body, want string }{
		{"", "run here\n"},
		{`echo "$host: $command ($log)"; exit 4`, "host1: echo run here (/tmp/x)\nexit status 4"},
	}
	for i, test := range tests {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			line := sshtest.FakeSSH(t, test.body) + " -T -oBatchMode=yes -E /tmp/x -l me -- host1 echo run here"
			out, err := exec.Command("sh", "-c", line).CombinedOutput()
			got := string(out)
			if err != nil {
				got += err.Error()
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
