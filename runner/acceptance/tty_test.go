package acceptance

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"clsh/runner/sshtest"
)

// startOnTerminal starts clsh as the leader of a terminal's foreground
// process group; what it prints on the terminal is in the command's out.
func startOnTerminal(t *testing.T, s *sshtest.Site, args ...string) (c *command, terminal *os.File) {
	t.Helper()
	return onTerminal(t, clshCommand(t, s, append([]string{"--color", "never", "--progress", "never"}, args...)...))
}

// onTerminal is startOnTerminal for a command that the test has prepared.
func onTerminal(t *testing.T, cmd *exec.Cmd) (c *command, terminal *os.File) {
	t.Helper()
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(terminal, &pty.Winsize{Rows: 37, Cols: 111}); err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	c = startCommand(t, cmd)
	if err := tty.Close(); err != nil {
		t.Fatal(err)
	}
	c.read = make(chan struct{})
	go func() {
		defer close(c.read)
		// Reading from a terminal whose other side has gone is EIO.
		if _, err := io.Copy(c.out, terminal); err != nil && !errors.Is(err, syscall.EIO) && !errors.Is(err, os.ErrClosed) {
			t.Errorf("read the terminal: %v", err)
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = terminal.Close()
		<-c.read
	})
	return c, terminal
}

// --tty gives the remote side a terminal of the size of this one.
func TestTTY(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.NeedTerminals()
	c, _ := startOnTerminal(t, s, "--tty", "-h", "a,b", "tty; stty size")
	c.waitFor(c.out, `^a: /dev/(pts/|tty)\S+\r*$`, 1)
	c.waitFor(c.out, `^b: /dev/(pts/|tty)\S+\r*$`, 1)
	c.waitFor(c.out, `^[ab]: 37 111\r*$`, 2)
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

// Without a terminal here there is one there as well, of one stream.
func TestTTYWithoutOneHere(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.NeedTerminals()
	c := start(t, s, "--tty", "-h", "a,b", "tty; test -t 0 && test -t 1 && test -t 2 && echo err >&2")
	c.waitFor(c.out, `^[ab]: /dev/(pts/|tty)\S+\r*$`, 2)
	c.waitFor(c.out, `^[ab]: err\r*$`, 2)
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	c.wantNoError(".")
}

// ^C at the terminal ends the remote programs, with and without --tty, and
// clsh as the signal does.
func TestInterruptKey(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"--tty", "--no-login"} {
		t.Run(option, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			if option == "--tty" {
				s.NeedTerminals()
			}
			mark := sshtest.Mark()
			c, terminal := startOnTerminal(t, s, option, "-h", "a,b,c", "echo up; MARK="+mark+" sleep 300")
			c.waitFor(c.out, `^[abc]: up\r*$`, 3)
			if _, err := terminal.Write([]byte{3}); err != nil {
				t.Fatal(err)
			}
			if code := c.wait(); code != 130 {
				t.Errorf("exit status %d, want 130", code)
			}
			s.WaitGone(mark)
		})
	}
}

// On a terminal, Return shows the states, and control sequences of the
// remote output are shown instead of obeyed.
func TestTerminal(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	c, terminal := startOnTerminal(t, s, "-h", "a,b", `printf 'up \033]0;title\007\n'; sleep 300`)
	c.waitFor(c.out, `up`, 2)
	if strings.Contains(c.out.String(), "\x1b]0;") {
		t.Error("the title of the terminal was set")
	}
	if _, err := terminal.Write([]byte("\r")); err != nil {
		t.Fatal(err)
	}
	c.waitFor(c.out, `running.*a,b`, 1)
	c.signal(syscall.SIGINT)
	if code := c.wait(); code != 130 {
		t.Errorf("exit status %d, want 130", code)
	}
	s.WaitGone()
}
