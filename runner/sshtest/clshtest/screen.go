package clshtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// Screen is a terminal of tmux in which clsh runs.
type Screen struct {
	T      *testing.T
	socket string
	env    []string
}

// OnScreen starts clsh in a terminal that is so many columns wide.
func OnScreen(t *testing.T, s *sshtest.Site, columns int, env []string, args ...string) *Screen {
	t.Helper()
	return OnScreenOf(t, s, columns, env, "clsh", args...)
}

// OnScreenOf is OnScreen for another program.
func OnScreenOf(t *testing.T, s *sshtest.Site, columns int, env []string, program string, args ...string) *Screen {
	t.Helper()
	sshtest.Need(t, "tmux")
	dir := t.TempDir()
	config := filepath.Join(dir, "tmux.conf")
	if err := os.WriteFile(config, []byte("set -g remain-on-exit on\nset -g history-limit 10000\nset -g default-terminal screen-256color\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := Cmd(t, s, args...)
	sc := &Screen{T: t, socket: filepath.Join(dir, "tmux"), env: append(command.Env, env...)}
	sc.Tmux(append([]string{"-f", config, "new-session", "-d", "-x", fmt.Sprint(columns), "-y", "24", "-c", command.Dir, program}, args...)...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the screen:\n%s", sc.Text())
		}
		sc.Tmux("kill-server")
	})
	return sc
}

// Tmux runs a command of tmux(1) on the terminal and returns its output.
func (sc *Screen) Tmux(args ...string) string {
	sc.T.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", sc.socket}, args...)...)
	cmd.Env = sc.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		sc.T.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

// Text returns all lines, those that have scrolled away as well, and those
// that were wrapped as the one that they are.
func (sc *Screen) Text() string { return sc.Tmux("capture-pane", "-p", "-J", "-S", "-") }

// Lines returns the lines that are not empty, without blanks at their ends,
// and without what tmux says at the end.
func (sc *Screen) Lines() []string {
	var lines []string
	for line := range strings.Lines(sc.Text()) {
		line = strings.TrimRight(line, " \n")
		if line != "" && !strings.HasPrefix(strings.TrimLeft(line, " "), "Pane is dead") {
			lines = append(lines, line)
		}
	}
	return lines
}

// WaitFor waits until the text matches pattern n times.
func (sc *Screen) WaitFor(what, pattern string, n int) {
	sc.T.Helper()
	re := regexp.MustCompile(`(?m)` + pattern)
	sshtest.WaitFor(sc.T, what, func() bool { return len(re.FindAllString(sc.Text(), -1)) >= n })
}

// Wait waits for clsh's end.
func (sc *Screen) Wait() {
	sc.T.Helper()
	sshtest.WaitFor(sc.T, "clsh has ended", func() bool {
		return sc.Tmux("display-message", "-p", "#{pane_dead}") == "1\n"
	})
}

// Keys types keys as tmux names them.
func (sc *Screen) Keys(keys ...string) {
	sc.T.Helper()
	sc.Tmux(append([]string{"send-keys"}, keys...)...)
}

// Shows waits until the last lines of the screen are these.
func (sc *Screen) Shows(want ...string) {
	sc.T.Helper()
	sshtest.WaitFor(sc.T, fmt.Sprintf("the last lines are %q", want), func() bool {
		lines := sc.Lines()
		return len(lines) >= len(want) && slices.Equal(lines[len(lines)-len(want):], want)
	})
}

// At waits until the cursor is in a column, from 0.
func (sc *Screen) At(column int) {
	sc.T.Helper()
	sshtest.WaitFor(sc.T, fmt.Sprintf("the cursor is in column %d", column), func() bool {
		return strings.TrimSpace(sc.Tmux("display-message", "-p", "#{cursor_x}")) == fmt.Sprint(column)
	})
}

// Stateless is an environment with a history of its own.
func Stateless(t *testing.T) []string {
	t.Helper()
	return []string{"XDG_STATE_HOME=" + t.TempDir(), "NO_COLOR=1"}
}
