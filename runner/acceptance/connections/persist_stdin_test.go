package connections

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// newPassengerSite makes a keptSite where a session of a needs no ssh once the
// connection is there, and one of b always does; calls counts the ssh.
func newPassengerSite(t *testing.T) (s *keptSite, program string, calls func() int) {
	t.Helper()
	s = newKeptSite(t, sshtest.SSHConfig("Host b\n  SetEnv SET=5\nHost *"))
	program, calls = s.countedSSH()
	return s, program, calls
}

// feed starts clsh with input, which may be nil: then it is the caller's to write.
func (s *keptSite) feed(input io.Reader, args ...string) (*clshtest.Command, io.WriteCloser) {
	s.t.Helper()
	cmd := clshtest.Cmd(s.t, s.Site, append([]string{"--persist", "60", "--stdin"}, args...)...)
	cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+s.dir)
	if cmd.Stdin = input; input != nil {
		return clshtest.StartCmd(s.t, cmd), nil
	}
	w, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	return clshtest.StartCmd(s.t, cmd), w
}

// The input is whole over a connection that is made, over one that is kept, by an
// ssh that is its client, and by none; and a host that closes early stops nobody.
func TestPersistStdin(t *testing.T) {
	t.Parallel()
	s, program, calls := newPassengerSite(t)
	size := int64(1 << 20)
	if sshtest.Full() {
		size = 4 << 20
	}
	for i, want := range []int{2, 3, 4} {
		sum := crc32.NewIEEE()
		c, _ := s.feed(io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{byte(i)}), size), sum),
			"--ssh", program, "-h", "a,b", "gzip -1 | tail -c 8 | od -An -tu4 | tr -s ' ' _")
		if code := c.Wait(); code != 0 {
			t.Errorf("call %d: status %d", i, code)
		}
		trailer := fmt.Sprintf("_%d_%d", sum.Sum32(), size)
		c.Want(0, "a: "+trailer, "b: "+trailer)
		if got := calls(); got != want {
			t.Errorf("call %d: %d ssh so far, want %d", i, got, want)
		}
	}
	for _, early := range []string{"a", "b"} {
		c, _ := s.feed(io.LimitReader(rand.NewChaCha8([32]byte{}), size), "--ssh", program, "-h", "a,b", "test $CLSH_HOST = "+early+" || wc -c")
		lines := map[string]string{"a": fmt.Sprintf("a: %d", size), "b": fmt.Sprintf("b: %d", size)}
		lines[early] = early + ":"
		c.Want(0, lines["a"], lines["b"])
	}
	s.want(2, 2)
}

// A master that is killed at whatever moment of the input makes no command run
// twice, and none with a part of the input and reported as having ended.
func TestPersistStdinMasterKilled(t *testing.T) {
	t.Parallel()
	s, program, _ := newPassengerSite(t)
	const piece, pieces, beforeCall, beforeInput = 64 << 10, 32, -2, -1
	moments := []int{beforeCall, beforeInput, 8}
	if sshtest.Full() {
		moments = nil
		for i := range 3 * (pieces - beforeCall + 1) {
			moments = append(moments, i/3+beforeCall)
		}
	}
	outcomes := map[string]int{}
	for round, moment := range moments {
		dir := filepath.Join(s.Dir, fmt.Sprintf("round%d", round))
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		s.start("60", "--ssh", program, "-h", "a,b", "true").Want(0)
		if moment == beforeCall {
			s.killMasters()
		}
		c, w := s.feed(nil, "--ssh", program, "--keep-going", "-h", "a,b",
			"echo ran >>"+dir+"/$CLSH_HOST; echo up; echo whole $(wc -c)")
		if moment == beforeInput { // both run
			c.WaitFor(c.Out, ": up$", 2)
			s.killMasters()
		}
		for i := range pieces + 1 {
			if i == moment {
				s.killMasters()
			}
			if i < pieces {
				_, _ = w.Write(make([]byte, piece)) // nobody may be left to read it
			}
		}
		_ = w.Close()
		checkKilled(t, c, dir, piece*pieces, fmt.Sprintf("killed at %d", moment), outcomes)
	}
	t.Logf("%d rounds: %v", len(moments), outcomes)
}

// checkKilled compares what clsh reports of a and b with what they have left in dir.
func checkKilled(t *testing.T, c *clshtest.Command, dir string, size int, when string, outcomes map[string]int) {
	t.Helper()
	code := c.Wait()
	want := 0
	for _, host := range []string{"a", "b"} {
		text, _ := os.ReadFile(filepath.Join(dir, host)) // none: it did not run
		ran := bytes.Count(text, []byte("\n"))
		whole := strings.Contains(c.Out.String(), fmt.Sprintf("%s: whole %d\n", host, size))
		lost := strings.Count(c.Errs.String(), "ERROR: "+host+" ")
		if lost > 0 {
			want = 255
		}
		report := fmt.Sprintf("%s has run %d times, read the whole input: %t, was lost %d times", host, ran, whole, lost)
		outcomes[report]++
		if ran > 1 || lost > 1 || lost == 0 && (ran != 1 || !whole) {
			t.Errorf("%s: %s", when, report)
		}
	}
	if code != want {
		t.Errorf("%s: status %d, want %d", when, code, want)
	}
}

// killMasters ends the masters that are there, with no time to say so.
func (s *keptSite) killMasters() {
	s.t.Helper()
	sshtest.WaitFor(s.t, "no master", func() bool {
		masters := s.masters()
		for _, p := range masters { // one may have just been started
			_ = syscall.Kill(p.PID, syscall.SIGKILL)
		}
		return len(masters) == 0
	})
}
