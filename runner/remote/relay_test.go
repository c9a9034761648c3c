package remote

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

func TestDataHeader(t *testing.T) {
	for _, c := range []struct {
		available int64
		line      string
		size      int64
	}{
		{1, "data 1 1\n", 1},
		{65535, "data 65535 1\n", 65535},
		{65536, "data 65536 1\n", 65536},
		{65537, "data 65536 1\n", 65536},
		{200_000, "data 65536 3\n", 196608},
		{1 << 40, "data 65536 64\n", maxFrame},
	} {
		line, size := DataHeader(c.available)
		if string(line) != c.line || size != c.size {
			t.Errorf("DataHeader(%d) = %q, %d; want %q, %d", c.available, line, size, c.line, c.size)
		}
	}
}

// frames returns data in frames, without their end.
func frames(data []byte) []byte {
	var b []byte
	for len(data) > 0 {
		line, size := DataHeader(int64(len(data)))
		b = append(append(b, line...), data[:size]...)
		data = data[size:]
	}
	return b
}

// runAgent has sh run the agent with a command that is given input, and returns
// what it printed. The nonce is its own: stops find processes by its half of it.
func runAgent(t *testing.T, sh []string, path, command string, input []byte, env ...string) (out, nonce string) {
	t.Helper()
	sshtest.Need(t, sh[0])
	program := sshtest.Program(sh[0])
	nonce = fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	words := strings.Split(Agent{Nonce: nonce, NoLogin: true, Input: Data, Grace: time.Second}.Command(), "'")
	agent, stop := words[len(words)-4], words[len(words)-2]
	args := slices.Concat(sh[1:], []string{"-c", agent, "clsh", nonce, "plain", "data", "10", stop})
	cmd := exec.Command(program, args...)
	cmd.Env = slices.Concat(env, []string{"PATH=" + path, "SHELL=/bin/sh", "TMOUT=1"})
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a group of its own, as under sshd
	cmd.Stdin = io.MultiReader(bytes.NewReader(Request("h", 0, 1, command)), bytes.NewReader(input))
	got, _ := cmd.Output() // the agent's status says nothing
	return string(got), nonce
}

// The shells that may be the agent's sh pass data on byte for byte, with GNU's dd
// and with one that knows POSIX only; and only "end" is the end of it.
func TestAgentData(t *testing.T) {
	posix := t.TempDir()
	const dd = "#!/bin/sh\ncase $* in *iflag*) exit 1;; esac\nexec /bin/dd \"$@\"\n"
	if err := os.WriteFile(filepath.Join(posix, "dd"), []byte(dd), 0o755); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for i := range 300_000 {
		all = append(all, byte(i), byte(i>>8))
	}
	for _, sh := range [][]string{{"dash"}, {"bash", "--posix"}, {"busybox", "sh"}} {
		for _, path := range []string{"/usr/bin:/bin", posix + ":/usr/bin:/bin"} {
			data := all
			if path != "/usr/bin:/bin" {
				data = data[:5000] // a byte a time
			}
			for name, c := range map[string]struct {
				input string
				size  int
				whole bool
			}{
				"whole":              {string(frames(data)) + DataEnd, len(data), true},
				"one byte":           {"data 1 1\nx" + DataEnd, 1, true},
				"no newline, parts":  {"data 2 1\nxydata 3 1\nabc" + DataEnd, 5, true},
				"empty":              {DataEnd, 0, true},
				"nothing":            {"", 0, false},
				"no end":             {string(frames(data)), len(data), false},
				"half a frame":       {"data 4 1\nab", 2, false},
				"stop":               {"data 2 1\nabstop INT\n", 2, false},
				"stop after the end": {"data 2 1\nab" + DataEnd + "stop\n", 2, true},
			} {
				t.Run(fmt.Sprint(sh[0], " ", name, " ", len(data)), func(t *testing.T) {
					t.Parallel()
					file := filepath.Join(t.TempDir(), "file")
					command := "cat >" + file + " && echo whole; sleep 0.1"
					out, nonce := runAgent(t, sh, path, command, []byte(c.input))
					got, err := os.ReadFile(file)
					if err != nil || len(got) > c.size || c.whole && len(got) != c.size || c.size == len(data) && !bytes.HasPrefix(data, got) {
						t.Errorf("%d bytes, %v; want %d\n%q", len(got), err, c.size, out)
					}
					if whole := strings.Contains(out, "\nwhole\n"); whole != c.whole {
						t.Errorf("whole: %t; %q", whole, out)
					}
					if !strings.Contains(out, "\x1e"+nonce+" end ") {
						t.Errorf("no end: %q", out)
					}
				})
			}
		}
	}
}
