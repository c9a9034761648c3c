package acceptance

import (
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// The input reaches every host whole, also hosts that start later, and clsh
// does not hold it in memory.
func TestStdinIsWhole(t *testing.T) {
	parallelUnlessFull(t)
	s := sshtest.New(t)
	size := int64(16 << 20)
	if full() {
		size = 64 << 20
	}
	const hosts = 8
	cmd := clshCommand(t, s, "--stdin", "-f", "4", "-h", "a,b,c,d,e,f,g,h",
		"gzip -1 | tail -c 8 | od -An -tu4") // the end of a gzip file: CRC-32 and size (RFC 1952)
	sum := crc32.NewIEEE()
	cmd.Stdin = io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{}), size), sum)
	c := startCommand(t, cmd)
	peak := watchMemory(t, c)
	if code := c.wait(); code != 0 {
		t.Fatalf("exit status %d", code)
	}
	lines := strings.Split(strings.TrimSpace(c.out.String()), "\n")
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

// watchMemory returns the highest resident size that was seen, when clsh has
// ended. VmHWM belongs to the program alone, where ru_maxrss begins with
// that of the process that started it.
func watchMemory(t *testing.T, c *command) <-chan int64 {
	t.Helper()
	result := make(chan int64, 1)
	go func() {
		var peak int64
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-c.done:
				result <- peak
				return
			case <-tick.C:
				status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
				if err != nil {
					continue
				}
				if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
					if kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64); err == nil {
						peak = max(peak, kb<<10)
					}
				}
			}
		}
	}()
	return result
}

// The end of the input always arrives, also when there was none, and without
// --stdin.
func TestStdinEnds(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	c := start(t, s, "--stdin", "-h", "a,b", "cat; echo end")
	c.want(0, "a: end", "b: end")
	c = start(t, s, "-h", "a,b", "cat; echo end")
	c.want(0, "a: end", "b: end")
	// An input that stays open is not waited for by a command that reads none.
	cmd := clshCommand(t, s, "--stdin", "-h", "a,b", "echo end")
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	startCommand(t, cmd).want(0, "a: end", "b: end")
}

// What is typed piece by piece arrives piece by piece.
func TestStdinFlows(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	cmd := clshCommand(t, s, "--stdin", "-h", "a,b", `while read -r x; do echo "got $x"; done; echo end`)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c := startCommand(t, cmd)
	for i := range 3 {
		if _, err := fmt.Fprintf(stdin, "%d\n", i); err != nil {
			t.Fatal(err)
		}
		c.waitFor(c.out, fmt.Sprintf(`: got %d$`, i), 2)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	c.wait()
	c.waitFor(c.out, `: end$`, 2)
}

// A host that closes early does not stop the others.
func TestStdinHostClosesEarly(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	const size = 4 << 20
	cmd := clshCommand(t, s, "--stdin", "-h", "a,b,c", `test $CLSH_HOST = b || wc -c`)
	cmd.Stdin = io.LimitReader(rand.NewChaCha8([32]byte{}), size)
	startCommand(t, cmd).want(0, fmt.Sprintf("a: %d", size), "b:", fmt.Sprintf("c: %d", size))
}

// clsh is ended in the middle of the input, which is then at its end for the
// hosts' commands: what they go on to do is ended, too.
func TestStdinInterrupted(t *testing.T) {
	t.Parallel()
	for _, end := range endings() {
		t.Run(end.name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			mark := sshtest.Mark()
			cmd := clshCommand(t, s, "--stdin", "--kill-after", "1", "-h", "a,b,c", "echo up; MARK="+mark+" sh -c 'cat >/dev/null; sleep 300'")
			cmd.Env = append(cmd.Env, "TMPDIR="+cmd.Dir)
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			c := startCommand(t, cmd)
			if _, err := io.WriteString(stdin, "some of the input\n"); err != nil {
				t.Fatal(err)
			}
			c.waitFor(c.out, `: up$`, 3)
			c.signal(end.sig)
			if end.sig == syscall.SIGTERM {
				c.signalUntilEnd(end.sig)
			}
			c.want(end.code)
			s.WaitGone(mark)
			if left, _ := filepath.Glob(filepath.Join(cmd.Dir, "*")); len(left) > 0 && end.sig != syscall.SIGKILL {
				t.Errorf("files are left: %q", left)
			}
		})
	}
}
