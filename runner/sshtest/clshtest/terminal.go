package clshtest

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"clsh/runner/sshtest"
)

// StartOnTerminal starts clsh as the leader of a terminal's foreground
// process group; what it prints on the terminal is in the Command's Out.
func StartOnTerminal(t *testing.T, s *sshtest.Site, args ...string) (c *Command, terminal *os.File) {
	t.Helper()
	return StartCmdOnTerminal(t, Cmd(t, s, append([]string{"--color", "never", "--progress", "never"}, args...)...))
}

// StartCmdOnTerminal is StartOnTerminal for a command that the test has prepared.
func StartCmdOnTerminal(t *testing.T, cmd *exec.Cmd) (c *Command, terminal *os.File) {
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
	c = StartCmd(t, cmd)
	if err := tty.Close(); err != nil {
		t.Fatal(err)
	}
	c.Read = make(chan struct{})
	go func() {
		defer close(c.Read)
		// Reading from a terminal whose other side has gone is EIO.
		if _, err := io.Copy(c.Out, terminal); err != nil && !errors.Is(err, syscall.EIO) && !errors.Is(err, os.ErrClosed) {
			t.Errorf("read the terminal: %v", err)
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = terminal.Close()
		<-c.Read
	})
	return c, terminal
}
