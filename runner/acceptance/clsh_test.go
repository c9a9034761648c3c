package acceptance

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// full tells whether the long matrices are asked for (scripts/test --full).
func full() bool { return sshtest.Full() }

// parallelUnlessFull is for tests that with --full want the machine to themselves,
// for what they move or because they count on it.
func parallelUnlessFull(t *testing.T) {
	t.Helper()
	if !full() {
		t.Parallel()
	}
}

// output collects what a program prints and wakes those who wait for it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	grew chan struct{} // closed and replaced at each write

	flood []string // lines that are not kept any more
	line  int      // where in text the last line begins, while there is a flood
}

func newOutput() *output { return &output{grew: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.grew)
	o.grew = make(chan struct{})
	o.text.Write(p)
	if o.flood != nil {
		o.dam()
	}
	return len(p), nil
}

// floods says that from now on lines of these are not kept: a search in all of a
// flood would not keep up with it.
func (o *output) floods(lines ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flood, o.line = lines, o.text.Len()
	o.dam()
}

// dam drops the flood's lines from what has come since the last whole line.
func (o *output) dam() {
	rest := string(o.text.Bytes()[o.line:])
	for _, line := range o.flood {
		rest = strings.ReplaceAll(rest, line, "")
	}
	o.text.Truncate(o.line)
	o.text.WriteString(rest)
	o.line += strings.LastIndexByte(rest, '\n') + 1
}

func (o *output) String() string {
	text, _ := o.now()
	return text
}

func (o *output) now() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.grew
}

// command is a clsh that was started against a Site.
type command struct {
	t           *testing.T
	cmd         *exec.Cmd
	out, errs   *output
	start       time.Time
	done        chan struct{} // closed when it has ended
	read        chan struct{} // closed when all was read from its terminal; nil: it has none
	description string
}

// clshCommand returns a clsh that reaches the Site's hosts, in a directory
// of its own. It gets SIGHUP even if the tests themselves run under nohup.
func clshCommand(t *testing.T, s *sshtest.Site, args ...string) *exec.Cmd {
	t.Helper()
	if signal.Ignored(syscall.SIGHUP) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // no longer ignored, nor by children
	}
	cmd := exec.Command("clsh", args...)
	cmd.Env = append(s.Env(), "CLSH_SSH_CONFIG="+s.Config())
	cmd.Dir = t.TempDir()
	return cmd
}

// start starts clsh. It is killed at the end of the test where it still runs.
func start(t *testing.T, s *sshtest.Site, args ...string) *command {
	t.Helper()
	return startCommand(t, clshCommand(t, s, args...))
}

// startCommand is start for a command that the test has prepared; outputs
// that it has set are left alone.
func startCommand(t *testing.T, cmd *exec.Cmd) *command {
	t.Helper()
	c := &command{
		t: t, cmd: cmd, out: newOutput(), errs: newOutput(),
		start: time.Now(), done: make(chan struct{}),
		description: strings.Join(cmd.Args, " "),
	}
	if len(c.description) > 200 {
		c.description = c.description[:200] + "…"
	}
	if cmd.Stdout == nil {
		cmd.Stdout = c.out
	}
	if cmd.Stderr == nil {
		cmd.Stderr = c.errs
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start clsh: %v", err)
	}
	go func() {
		defer close(c.done)
		_ = cmd.Wait() // its status is in ProcessState
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-c.done
		if t.Failed() {
			t.Logf("%s\nstandard output: %.4000q\nstandard error: %.4000q", c.description, c.out, c.errs)
		}
	})
	return c
}

// waitFor waits until what clsh has printed to o matches pattern n times.
func (c *command) waitFor(o *output, pattern string, n int) {
	c.t.Helper()
	re := regexp.MustCompile(`(?m)` + pattern)
	limit := time.NewTimer(sshtest.Limit)
	defer limit.Stop()
	for {
		text, grew := o.now()
		if len(re.FindAllStringIndex(text, -1)) >= n {
			return
		}
		select {
		case <-grew:
		case <-c.done:
			if c.read != nil {
				<-c.read
			}
			if text := o.String(); len(re.FindAllStringIndex(text, -1)) < n {
				c.t.Fatalf("%s: ended without %d times %q", c.description, n, pattern)
			}
		case <-limit.C:
			c.t.Fatalf("%s: not %d times %q within %v", c.description, n, pattern, sshtest.Limit)
		}
	}
}

// signal sends sig to clsh alone.
func (c *command) signal(sig syscall.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		c.t.Fatalf("signal clsh: %v", err)
	}
}

// wait waits for clsh's end and returns its exit status, 128 + n where
// signal n ended it.
func (c *command) wait() int {
	c.t.Helper()
	patience := sshtest.Limit
	if full() {
		patience *= 10 // for amounts ten times as large
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-c.done:
	case <-limit.C:
		c.t.Fatalf("%s: still running after %v", c.description, patience)
	}
	c.t.Logf("%s: ended after %v", c.description, time.Since(c.start).Round(time.Millisecond))
	if status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return c.cmd.ProcessState.ExitCode()
}

// want checks the end and the whole standard output; lines in any order.
func (c *command) want(code int, lines ...string) {
	c.t.Helper()
	if got := c.wait(); got != code {
		c.t.Errorf("%s: exit status %d, want %d", c.description, got, code)
	}
	if got, want := sortedLines(c.out.String()), sortedLines(strings.Join(lines, "\n")+"\n"); got != want && len(lines) > 0 {
		c.t.Errorf("%s: standard output\n%swant\n%s", c.description, got, want)
	}
}

func sortedLines(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// wantError checks that standard error matches all patterns, each at the
// beginning of a line.
func (c *command) wantError(patterns ...string) {
	c.t.Helper()
	for _, pattern := range patterns {
		if !regexp.MustCompile(`(?m)^` + pattern).MatchString(c.errs.String()) {
			c.t.Errorf("%s: no line of standard error matches %q", c.description, pattern)
		}
	}
}

// wantNoError checks the contrary.
func (c *command) wantNoError(patterns ...string) {
	c.t.Helper()
	for _, pattern := range patterns {
		if regexp.MustCompile(`(?m)` + pattern).MatchString(c.errs.String()) {
			c.t.Errorf("%s: standard error matches %q", c.description, pattern)
		}
	}
}
