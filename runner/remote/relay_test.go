package remote

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
		{200_000, "data 200000 1\n", 200_000},
		{1<<20 + 1, "data 1048577 1\n", 1<<20 + 1},
		{2 << 20, "data 65536 32\n", 2 << 20},
		{2<<20 + 1, "data 65536 32\n", 2 << 20},
		{4 << 20, "data 65536 64\n", 4 << 20},
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
// what it printed. The nonce is its own: stops find processes by its half of it. An input that
// ends with DataEnd stays open until the agent has reported the command's end, as clsh keeps it:
// the end of the input stops a command.
func runAgent(t *testing.T, sh []string, pace, path, command string, input []byte, env ...string) (out, nonce string) {
	t.Helper()
	return runAgentOf(t, Agent{Input: Data, Paced: pace == "paced"}, sh, path, command, input, env...)
}

// runAgentOf is runAgent for another agent.
func runAgentOf(t *testing.T, a Agent, sh []string, path, command string, input []byte, env ...string) (out, nonce string) {
	t.Helper()
	sshtest.Need(t, sh[0])
	program := sshtest.Program(sh[0])
	nonce = fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	a.Nonce, a.NoLogin, a.Grace = nonce, true, time.Second
	args := slices.Concat(sh[1:], a.words()[1:])
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = slices.Concat([]string{"PATH=" + path, "SHELL=/bin/sh", "TMOUT=1"}, env)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a group of its own, as under sshd
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	printed := &agentOutput{mark: "\x1e" + nonce + " end ", ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = printed, io.Discard // two pipes, as from sshd
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		_, _ = stdin.Write(append(Request("h", 0, 1, command), input...)) // it may be stopped before it has read all
		_, frames, _ := bytes.Cut(input, []byte("cat\n"))                 // behind a stage
		if isWhole(input) || isWhole(frames) {
			select {
			case <-printed.ended:
			case <-exited:
			}
		}
		_ = stdin.Close()
	})
	_ = cmd.Wait() // the agent's status says nothing
	close(exited)
	writing.Wait()
	return printed.text.String(), nonce
}

// isWhole reports whether the frames of input come to the end of the data, which may hold what looks
// like it.
func isWhole(input []byte) bool {
	for {
		var size, count int
		if _, err := fmt.Sscanf(string(input[:min(len(input), 30)]), "data %d %d\n", &size, &count); err != nil {
			return string(input) == DataEnd
		}
		_, rest, _ := bytes.Cut(input, []byte("\n"))
		if len(rest) < size*count {
			return false
		}
		input = rest[size*count:]
	}
}

// agentOutput collects what an agent prints, and closes ended once that has mark in it.
type agentOutput struct {
	text  strings.Builder
	mark  string
	ended chan struct{}
	found bool
}

func (o *agentOutput) Write(p []byte) (int, error) {
	o.text.Write(p)
	if !o.found && strings.Contains(o.text.String(), o.mark) {
		o.found = true
		close(o.ended)
	}
	return len(p), nil
}

// The shells that may be the agent's sh pass data on byte for byte, with GNU's dd
// and with one that knows POSIX only; and only "end" is the end of it. On each change whole data with
// each shell, the rest with one each, going round. With --full: with each.
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
	shells := [][]string{{"dash"}, {"bash", "--posix"}, {"busybox", "sh"}}
	for i, sh := range shells {
		for _, path := range []string{"/usr/bin:/bin", posix + ":/usr/bin:/bin"} {
			data := all
			if path != "/usr/bin:/bin" {
				data = data[:5000] // a byte a time
			}
			for j, c := range []struct {
				name, input string
				size        int
				whole       bool
			}{
				{"whole", string(frames(data)) + DataEnd, len(data), true},
				{"one byte", "data 1 1\nx" + DataEnd, 1, true},
				{"no newline, parts", "data 2 1\nxydata 3 1\nabc" + DataEnd, 5, true},
				{"empty", DataEnd, 0, true},
				{"nothing", "", 0, false},
				{"no end", string(frames(data)), len(data), false},
				{"half a frame", "data 4 1\nab", 2, false},
				{"stop", "data 2 1\nabstop INT\n", 2, false},
				{"stop after the end", "data 2 1\nab" + DataEnd + "stop\n", 2, true},
			} {
				if !sshtest.Full() && (j > 0 || path != "/usr/bin:/bin") && j%len(shells) != i {
					continue
				}
				t.Run(fmt.Sprint(sh[0], " ", c.name, " ", len(data)), func(t *testing.T) {
					t.Parallel()
					file := filepath.Join(t.TempDir(), "file")
					command := "cat >" + file + " && echo whole; sleep 0.1"
					out, nonce := runAgent(t, sh, "free", path, command, []byte(c.input))
					got, err := os.ReadFile(file)
					early := !c.whole && errors.Is(err, fs.ErrNotExist) // the command was stopped before it began
					if err != nil && !early || len(got) > c.size || c.whole && len(got) != c.size || c.size == len(data) && !bytes.HasPrefix(data, got) {
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
