package clshtest

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// ParallelUnlessFull is t.Parallel for tests that with --full want the machine to themselves,
// for what they move or because they count on it.
func ParallelUnlessFull(t *testing.T) {
	t.Helper()
	if !sshtest.Full() {
		t.Parallel()
	}
}

// Command is a clsh that was started against a Site.
type Command struct {
	T *testing.T
	// Cmd is its process. Cmd.ProcessState may be read when Done is closed.
	Cmd *exec.Cmd
	// Out and Errs have what it prints; with a terminal, Out has both streams.
	Out, Errs *Output
	Began     time.Time
	// Done is closed when it has ended.
	Done chan struct{}
	// Read is closed when all was read from its terminal; without one it is Done.
	Read        chan struct{}
	description string
}

// Cmd returns a clsh that reaches the Site's hosts, in a directory
// of its own. It gets SIGHUP even if the tests themselves run under nohup.
func Cmd(t *testing.T, s *sshtest.Site, args ...string) *exec.Cmd {
	t.Helper()
	if signal.Ignored(syscall.SIGHUP) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // no longer ignored, nor by children
	}
	cmd := exec.Command("clsh", args...)
	cmd.Env = append(s.Env(), "CLSH_SSH_CONFIG="+s.Config())
	cmd.Dir = t.TempDir()
	return cmd
}

// Start starts clsh. It is killed at the end of the test where it still runs.
func Start(t *testing.T, s *sshtest.Site, args ...string) *Command {
	t.Helper()
	return StartCmd(t, Cmd(t, s, args...))
}

// StartCmd is Start for a command that the test has prepared; outputs
// that it has set are left alone.
func StartCmd(t *testing.T, cmd *exec.Cmd) *Command {
	t.Helper()
	c := &Command{
		T: t, Cmd: cmd, Out: NewOutput(), Errs: NewOutput(),
		Began: time.Now(), Done: make(chan struct{}),
		description: strings.Join(cmd.Args, " "),
	}
	c.Read = c.Done
	if len(c.description) > 200 {
		c.description = c.description[:200] + "…"
	}
	if cmd.Stdout == nil {
		cmd.Stdout = c.Out
	}
	if cmd.Stderr == nil {
		cmd.Stderr = c.Errs
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start clsh: %v", err)
	}
	go func() {
		defer close(c.Done)
		_ = cmd.Wait() // its status is in ProcessState
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-c.Done
		if t.Failed() {
			t.Logf("%s\nstandard output: %.4000q\nstandard error: %.4000q", c.description, c.Out, c.Errs)
		}
	})
	return c
}

// WaitFor waits until what clsh has printed to o matches pattern n times.
func (c *Command) WaitFor(o *Output, pattern string, n int) {
	c.T.Helper()
	re := regexp.MustCompile(`(?m)` + pattern)
	limit := time.NewTimer(sshtest.Limit)
	defer limit.Stop()
	for {
		text, grew := o.Now()
		if len(re.FindAllStringIndex(text, -1)) >= n {
			return
		}
		select {
		case <-grew:
		case <-c.Done:
			<-c.Read
			if text := o.String(); len(re.FindAllStringIndex(text, -1)) < n {
				c.T.Fatalf("%s: ended without %d times %q", c.description, n, pattern)
			}
		case <-limit.C:
			c.T.Fatalf("%s: not %d times %q within %v", c.description, n, pattern, sshtest.Limit)
		}
	}
}

// Signal sends sig to clsh alone.
func (c *Command) Signal(sig syscall.Signal) {
	c.T.Helper()
	if err := c.Cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		c.T.Fatalf("signal clsh: %v", err)
	}
}

// Wait waits for clsh's end, and that of its terminal, and returns its exit status, 128 + n where
// signal n ended it.
func (c *Command) Wait() int {
	c.T.Helper()
	patience := sshtest.Limit
	if sshtest.Full() {
		patience *= 10 // for amounts ten times as large
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-c.Done:
	case <-limit.C:
		c.T.Fatalf("%s: still running after %v", c.description, patience)
	}
	select {
	case <-c.Read: // what it printed at the end, too
	case <-limit.C:
		c.T.Fatalf("%s: something holds its terminal %v after its start", c.description, patience)
	}
	c.T.Logf("%s: ended after %v", c.description, time.Since(c.Began).Round(time.Millisecond))
	if status, ok := c.Cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return c.Cmd.ProcessState.ExitCode()
}

// Want waits for the end and checks the exit status and, if lines are given, the whole
// standard output, its lines in any order.
func (c *Command) Want(code int, lines ...string) {
	c.T.Helper()
	if got := c.Wait(); got != code {
		c.T.Errorf("%s: exit status %d, want %d", c.description, got, code)
	}
	if got, want := SortedLines(c.Out.String()), SortedLines(strings.Join(lines, "\n")+"\n"); got != want && len(lines) > 0 {
		c.T.Errorf("%s: standard output\n%swant\n%s", c.description, got, want)
	}
}

// SortedLines returns text with its lines sorted.
func SortedLines(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// WantError checks that standard error matches all patterns, each at the
// beginning of a line.
func (c *Command) WantError(patterns ...string) {
	c.T.Helper()
	for _, pattern := range patterns {
		if !regexp.MustCompile(`(?m)^` + pattern).MatchString(c.Errs.String()) {
			c.T.Errorf("%s: no line of standard error matches %q", c.description, pattern)
		}
	}
}

// WantNoError checks that no line of standard error matches any of the patterns.
func (c *Command) WantNoError(patterns ...string) {
	c.T.Helper()
	for _, pattern := range patterns {
		if regexp.MustCompile(`(?m)` + pattern).MatchString(c.Errs.String()) {
			c.T.Errorf("%s: standard error matches %q", c.description, pattern)
		}
	}
}

// InOwnSession makes a command one without a terminal, so that its last run is that of its directory.
func InOwnSession(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

// SignalUntilEnd sends a signal several times, for two that are pending at once are one, and waits
// until clsh has ended. It stops sending before a further one would make clsh give up.
func (c *Command) SignalUntilEnd(sig syscall.Signal) {
	c.T.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(sshtest.Limit)
	defer limit.Stop()
	for sent := 0; ; {
		select {
		case <-c.Done:
			return
		case <-tick.C:
			if sent < 15 {
				c.Signal(sig)
				sent++
			}
		case <-limit.C:
			c.T.Fatalf("%s: still running", c.description)
		}
	}
}

// Answered returns when clsh has taken in all signals that it was sent
// before: it answers SIGUSR1 with the states, and the second of these was sent
// after it had begun to answer the first.
func (c *Command) Answered() {
	c.T.Helper()
	for range 2 {
		before := strings.Count(c.Errs.String(), "\n")
		c.Signal(syscall.SIGUSR1)
		c.WaitFor(c.Errs, `\n`, before+1)
	}
}

// Touch makes an empty file.
func Touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}
