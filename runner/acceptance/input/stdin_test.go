package input

import (
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// The input reaches every host whole, also hosts that start later, and clsh
// does not hold it in memory.
func TestStdinIsWhole(t *testing.T) {
	clshtest.ParallelUnlessFull(t)
	s := sshtest.New(t)
	size, hosts := int64(4<<20), 4
	if sshtest.Full() {
		size, hosts = 64<<20, 8
	}
	cmd := clshtest.Cmd(t, s, "--stdin", "-f", fmt.Sprint(hosts/2), "-h", fmt.Sprintf("h[1-%d]", hosts),
		"gzip -1 | tail -c 8 | od -An -tu4") // the end of a gzip file: CRC-32 and size (RFC 1952)
	sum := crc32.NewIEEE()
	cmd.Stdin = io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{}), size), sum)
	c := clshtest.StartCmd(t, cmd)
	peak := clshtest.WatchMemory(t, c)
	if code := c.Wait(); code != 0 {
		t.Fatalf("exit status %d", code)
	}
	lines := strings.Split(strings.TrimSpace(c.Out.String()), "\n")
	if len(lines) != hosts {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[1] != fmt.Sprint(sum.Sum32()) || fields[2] != fmt.Sprint(size) {
			t.Errorf("%q, want %d %d", line, sum.Sum32(), size)
		}
	}
	// Built with the race detector; scripts/bench has the real bound.
	most := <-peak
	t.Logf("peak %d MiB", most>>20)
	if most > 128<<20 {
		t.Errorf("%d MiB in memory", most>>20)
	}
}

// The end of the input always arrives, also when there was none, and without
// --stdin.
func TestStdinEnds(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	c := clshtest.Start(t, s, "--stdin", "-h", "a,b", "cat; echo end")
	c.Want(0, "a: end", "b: end")
	c = clshtest.Start(t, s, "-h", "a,b", "cat; echo end")
	c.Want(0, "a: end", "b: end")
	// An input that stays open is not waited for by a command that reads none.
	cmd := clshtest.Cmd(t, s, "--stdin", "-h", "a,b", "echo end")
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	clshtest.StartCmd(t, cmd).Want(0, "a: end", "b: end")
}

// What is typed piece by piece arrives piece by piece.
func TestStdinFlows(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	cmd := clshtest.Cmd(t, s, "--stdin", "-h", "a,b", `while read -r x; do echo "got $x"; done; echo end`)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c := clshtest.StartCmd(t, cmd)
	for i := range 3 {
		if _, err := fmt.Fprintf(stdin, "%d\n", i); err != nil {
			t.Fatal(err)
		}
		c.WaitFor(c.Out, fmt.Sprintf(`: got %d$`, i), 2)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	c.WaitFor(c.Out, `: end$`, 2)
}

// A host that closes early does not stop the others.
func TestStdinHostClosesEarly(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	const size = 4 << 20
	cmd := clshtest.Cmd(t, s, "--stdin", "-h", "a,b,c", `test $CLSH_HOST = b || wc -c`)
	cmd.Stdin = io.LimitReader(rand.NewChaCha8([32]byte{}), size)
	clshtest.StartCmd(t, cmd).Want(0, fmt.Sprintf("a: %d", size), "b:", fmt.Sprintf("c: %d", size))
}

// clsh is ended in the middle of the input, which is then at its end for the
// hosts' commands: what they go on to do is ended, too.
func TestStdinInterrupted(t *testing.T) {
	t.Parallel()
	for i, end := range clshtest.Endings() {
		if !sshtest.Full() && i%2 == 1 {
			continue // TestStdinIsWholeOrNothing has them
		}
		t.Run(end.Name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			mark := sshtest.Mark()
			cmd := clshtest.Cmd(t, s, "--stdin", "--kill-after", "1", "-h", "a,b,c", "echo up; MARK="+mark+" sh -c 'cat >/dev/null; sleep 300'")
			cmd.Env = append(cmd.Env, "TMPDIR="+cmd.Dir)
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			c := clshtest.StartCmd(t, cmd)
			if _, err := io.WriteString(stdin, "some of the input\n"); err != nil {
				t.Fatal(err)
			}
			c.WaitFor(c.Out, `: up$`, 3)
			c.Signal(end.Sig)
			if end.Sig == syscall.SIGTERM {
				c.SignalUntilEnd(end.Sig)
			}
			c.Want(end.Code)
			s.WaitGone(mark)
			if left, _ := filepath.Glob(filepath.Join(cmd.Dir, "*")); len(left) > 0 && end.Sig != syscall.SIGKILL {
				t.Errorf("files are left: %q", left)
			}
		})
	}
}
