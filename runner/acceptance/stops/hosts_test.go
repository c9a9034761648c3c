package stops

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A signal that comes while a group's command is asked ends both; so it does
// while a host file is read from a standard input that says nothing.
func TestSignalsWhileHostsAreLookedUp(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	dir := t.TempDir()
	started, hold := filepath.Join(dir, "started"), filepath.Join(dir, "hold")
	for _, path := range []string{started, hold} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The source's children hold its output and are not the shell itself.
	conf := "[slow]\nmap: echo yes >$CFGDIR/started; (cat $CFGDIR/hold; true); true\n"
	if err := os.WriteFile(filepath.Join(dir, "groups.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd := clshtest.Cmd(t, s, "-h", "@slow:x", "true")
		cmd.Env = append(cmd.Env, "CLUSTERSHELL_CFGDIR="+dir)
		c := clshtest.StartCmd(t, cmd)
		running, err := os.Open(started)
		if err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(running).ReadString('\n'); line != "yes\n" {
			t.Fatalf("the source says %q, %v", line, err)
		}
		running.Close()
		c.Signal(syscall.SIGUSR1) // asks for states, of which there are none yet
		c.Signal(sig)
		if code := c.Wait(); code != 128+int(sig) {
			t.Errorf("%v: status %d, want %d", sig, code, 128+int(sig))
		}
		// Nobody waits to read what it would say.
		if f, err := os.OpenFile(hold, os.O_WRONLY|syscall.O_NONBLOCK, 0); !errors.Is(err, syscall.ENXIO) {
			t.Errorf("%v: the source's command is still there (%v)", sig, err)
			f.Close()
		}
	}
	in, silent, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	defer in.Close()
	cmd := clshtest.Cmd(t, s, "--hostfile", started, "--hostfile", "-", "true")
	cmd.Stdin = in
	c := clshtest.StartCmd(t, cmd)
	first, err := os.OpenFile(started, os.O_WRONLY, 0) // until clsh reads it
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	c.Signal(syscall.SIGINT)
	if code := c.Wait(); code != 130 {
		t.Errorf("SIGINT while standard input is read: status %d, want 130", code)
	}
}
