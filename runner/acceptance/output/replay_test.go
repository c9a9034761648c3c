package output

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// replaying starts clsh --replay on a file, with standard input.
func replaying(t *testing.T, file string, stdin io.Reader) *clshtest.Command {
	t.Helper()
	cmd := clshtest.Cmd(t, sshtest.New(t), "--replay", file)
	cmd.Stdin = stdin
	cmd.Env = append(cmd.Env, "TMPDIR="+cmd.Dir)
	return clshtest.StartCmd(t, cmd)
}

// endless is text again and again.
type endless string

func (e endless) Read(p []byte) (int, error) {
	n := copy(p, e)
	for n+len(e) <= len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

// What has no end and is no record is refused at its beginning: it fills neither the
// memory nor the disk.
func TestReplayEndlessNoRecord(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"lines": "y\n", "blank": "\n", "objects": "{}\n", "line": "y", "zero": "\x00"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w := io.Pipe()
			c := replaying(t, "/dev/stdin", r)
			peak := clshtest.WatchMemory(t, c)
			size := int64(12 << 20) // more than a line of a record may have
			if name == "blank" || name == "objects" {
				size = 3 << 18 // they are read to the end, all of them whole
			}
			drained := make(chan bool, 1)
			go func() {
				_, err := io.CopyN(w, endless(text), size)
				drained <- err == nil
				_ = w.Close()
			}()
			<-c.Done
			_ = r.Close()
			c.Want(2)
			c.WantError(`clsh: --replay "/dev/stdin": `)
			if all := <-drained; all && name != "blank" && name != "objects" { // which a record may hold
				t.Error("it was read to its end")
			}
			if most := <-peak; most > 128<<20 {
				t.Errorf("%d MiB in memory", most>>20)
			}
		})
	}
	c := replaying(t, "/dev/zero", nil)
	c.Want(2)
	c.WantError(`clsh: --replay "/dev/zero": `)
}

// A record without an end, and a FIFO that nobody writes, end with a signal.
func TestReplayEndless(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run("record "+sig.String(), func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			c := replaying(t, "/dev/stdin", r)
			_ = r.Close()
			peak := clshtest.WatchMemory(t, c)
			line := []byte(strings.Repeat(`{"type":"line","host":"a","stream":"stdout","data":"`+strings.Repeat("x", 1000)+"\"}\n", 1000))
			for range 16 { // once these are written, most of them were read
				if _, err := w.Write(line); err != nil {
					t.Fatal(err)
				}
			}
			c.Signal(sig)
			c.Want(128 + int(sig))
			if most := <-peak; most > 128<<20 {
				t.Errorf("%d MiB in memory", most>>20)
			}
		})
		t.Run("FIFO "+sig.String(), func(t *testing.T) {
			t.Parallel()
			fifo := filepath.Join(t.TempDir(), "fifo")
			if err := syscall.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
			c := replaying(t, fifo, nil)
			sshtest.WaitFor(t, "the FIFO is open", func() bool { return slices.Contains(openFiles(t, c), fifo) })
			c.Signal(sig)
			c.Want(128 + int(sig))
		})
	}
}

// openFiles returns what the descriptors of clsh are.
func openFiles(t *testing.T, c *clshtest.Command) []string {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", c.Cmd.Process.Pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, entry := range entries {
		if target, err := os.Readlink(filepath.Join(dir, entry.Name())); err == nil {
			list = append(list, target)
		}
	}
	return list
}
