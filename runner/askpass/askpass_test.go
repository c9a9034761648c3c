package askpass

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
)

// helperVariable makes this binary the program of SSH_ASKPASS.
const helperVariable = "CLSH_TEST_ASKPASS"

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		os.Exit(Main(os.Args, os.Stdout))
	}
	os.Exit(m.Run())
}

// serve returns a server of a run, and its private directory.
func serve(t *testing.T, answer func(Question) Reply) (s *Server, dir string) {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err = os.MkdirTemp("", "askpass") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if s, err = Listen(dir, executable, answer); err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// program returns the program as an ssh starts it.
func program(dir, prompt string) *exec.Cmd {
	cmd := exec.Command(Program(dir), prompt)
	cmd.Env = append(os.Environ(), helperVariable+"=1", "GORACE=atexit_sleep_ms=0")
	return cmd
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		r    Reply
		out  string
		code int
	}{
		{"a word", Reply{Word: []byte("two words"), Known: true}, "two words\n", 0},
		{"bytes", Reply{Word: []byte("\xff\x00 %s\\"), Known: true}, "\xff\x00 %s\\\n", 0},
		{"the longest", Reply{Word: bytes.Repeat([]byte("x"), 1023), Known: true}, string(bytes.Repeat([]byte("x"), 1023)) + "\n", 0},
		{"an empty one", Reply{Known: true}, "\n", 0},
		{"none of ours", Reply{}, "", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked := make(chan Question, 1)
			s, dir := serve(t, func(q Question) Reply { asked <- q; return test.r })
			cmd := program(dir, "me@host's password: ")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			out, _ := cmd.Output()
			if string(out) != test.out || cmd.ProcessState.ExitCode() != test.code {
				t.Errorf("%q, exit status %d", out, cmd.ProcessState.ExitCode())
			}
			want := Question{Prompt: "me@host's password: ", Parent: os.Getpid(), Group: cmd.Process.Pid}
			if q := <-asked; q != want {
				t.Errorf("%+v, want %+v", q, want)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A question that is refused, and one that comes after the run, have no end before their ssh has
// one: that would be an answer. No signal but KILL ends them.
func TestNoEnd(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		s, dir := serve(t, func(Question) Reply { return Reply{Refused: true} })
		if closed {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		// A shell takes the place of ssh: it says when the program has asked, and prints its number.
		ssh := exec.Command("sh", "-c", `"$0" question & echo $!; wait`, Program(dir))
		ssh.Env = append(os.Environ(), helperVariable+"=1", "GORACE=atexit_sleep_ms=0")
		pipe, err := ssh.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := ssh.Start(); err != nil {
			t.Fatal(err)
		}
		pid := readNumber(t, pipe)
		sshtest.WaitFor(t, "it ignores signals", func() bool { return ignores(pid, syscall.SIGTERM) })
		for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
			if err := syscall.Kill(pid, sig); err != nil {
				t.Errorf("%v: %v", sig, err)
			}
		}
		if !closed {
			if err := s.Close(); err != nil { // the run ends before its ssh
				t.Error(err)
			}
		}
		if err := syscall.Kill(pid, 0); err != nil {
			t.Errorf("the program has ended: %v", err)
		}
		_ = ssh.Process.Kill()
		_ = ssh.Wait()
		sshtest.WaitFor(t, "it ends with its ssh", func() bool { return syscall.Kill(pid, 0) == syscall.ESRCH || zombie(pid) })
	}
}

// The socket and the program are in the run's private directory, and are not for others.
func TestListen(t *testing.T) {
	t.Parallel()
	s, dir := serve(t, func(Question) Reply { return Reply{} })
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, socketName)); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
	if _, err := Listen(filepath.Join(dir, "none"), "/bin/true", nil); err == nil {
		t.Error("no error without a directory")
	}
}
