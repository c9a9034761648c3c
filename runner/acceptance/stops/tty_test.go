package stops

import (
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// --tty gives the remote side a terminal of the size of this one.
func TestTTY(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.NeedTerminals()
	c, _ := clshtest.StartOnTerminal(t, s, "--tty", "-h", "a,b", "tty; stty size")
	c.WaitFor(c.Out, `^a: /dev/(pts/|tty)\S+\r*$`, 1)
	c.WaitFor(c.Out, `^b: /dev/(pts/|tty)\S+\r*$`, 1)
	c.WaitFor(c.Out, `^[ab]: 37 111\r*$`, 2)
	if code := c.Wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

// Without a terminal here there is one there as well, of one stream.
func TestTTYWithoutOneHere(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.NeedTerminals()
	c := clshtest.Start(t, s, "--tty", "-h", "a,b", "tty; test -t 0 && test -t 1 && test -t 2 && echo err >&2")
	c.WaitFor(c.Out, `^[ab]: /dev/(pts/|tty)\S+\r*$`, 2)
	c.WaitFor(c.Out, `^[ab]: err\r*$`, 2)
	if code := c.Wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	c.WantNoError(".")
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
			c, terminal := clshtest.StartOnTerminal(t, s, option, "-h", "a,b,c", "echo up; MARK="+mark+" sleep 300")
			c.WaitFor(c.Out, `^[abc]: up\r*$`, 3)
			if _, err := terminal.Write([]byte{3}); err != nil {
				t.Fatal(err)
			}
			if code := c.Wait(); code != 130 {
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
	c, terminal := clshtest.StartOnTerminal(t, s, "-h", "a,b", `printf 'up \033]0;title\007\n'; sleep 300`)
	c.WaitFor(c.Out, `up`, 2)
	if strings.Contains(c.Out.String(), "\x1b]0;") {
		t.Error("the title of the terminal was set")
	}
	if _, err := terminal.Write([]byte("\r")); err != nil {
		t.Fatal(err)
	}
	c.WaitFor(c.Out, `running.*a,b`, 1)
	c.Signal(syscall.SIGINT)
	if code := c.Wait(); code != 130 {
		t.Errorf("exit status %d, want 130", code)
	}
	s.WaitGone()
}
