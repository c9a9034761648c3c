package interactive

import (
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// Whoever reads the output can stop reading for ever: a second signal ends clsh.
func TestInteractiveBlocked(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	cmd := clshtest.Cmd(t, s, "-i", "-h", "a")
	in, typed := pipe(t)
	unread, out := pipe(t)
	cmd.Stdin, cmd.Stdout = in, out
	c := clshtest.StartCmd(t, cmd)
	mark := sshtest.Mark()
	if _, err := typed.WriteString("MARK=" + mark + " sh -c yes\n"); err != nil {
		t.Fatal(err)
	}
	sshtest.WaitFor(t, "the pipe is full", func() bool {
		n, err := unix.IoctlGetInt(int(unread.Fd()), unix.TIOCINQ)
		return err == nil && n > 60<<10
	})
	c.SignalUntilEnd(syscall.SIGINT)
	if code := c.Wait(); code != 137 {
		t.Errorf("exit status %d", code)
	}
	s.WaitGone(mark)
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}
