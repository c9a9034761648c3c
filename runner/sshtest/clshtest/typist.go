package clshtest

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// A Typist is an interactive clsh on a terminal.
type Typist struct {
	*Command
	// Terminal is what it is typed on.
	Terminal *os.File
	// History is the path of its history.
	History string
	// Prompts is how many prompts there were.
	Prompts int
}

// Interactive starts clsh -i on a terminal and waits for the prompt.
func Interactive(t *testing.T, s *sshtest.Site, args ...string) *Typist {
	t.Helper()
	return InteractiveIn(t, s, t.TempDir(), args...)
}

// InteractiveIn is Interactive with a place for the history.
func InteractiveIn(t *testing.T, s *sshtest.Site, state string, args ...string) *Typist {
	t.Helper()
	return InteractiveCmd(t, Cmd(t, s, append([]string{"-i"}, args...)...), state)
}

// InteractiveCmd is InteractiveIn for a command that the test has prepared.
func InteractiveCmd(t *testing.T, cmd *exec.Cmd, state string) *Typist {
	t.Helper()
	cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+state, "NO_COLOR=1", "TERM=xterm")
	c, terminal := StartCmdOnTerminal(t, cmd)
	p := &Typist{Command: c, Terminal: terminal, History: filepath.Join(state, "clsh", "history")}
	p.Prompted()
	return p
}

// Prompted waits for the next prompt.
func (p *Typist) Prompted() {
	p.T.Helper()
	p.Prompts++
	p.Sees(`clsh> `, 1)
}

// Sees waits until what is on the terminal matches pattern n times; what the
// editor sends to move the cursor may stand before a line.
func (p *Typist) Sees(pattern string, n int) {
	p.T.Helper()
	p.WaitFor(p.Out, strings.Replace(pattern, "^", `^(?: \x08|\x1b\[[?0-9]*[a-zA-Z]|\r)*`, 1), n)
}

// Types types text.
func (p *Typist) Types(text string) {
	p.T.Helper()
	if _, err := io.WriteString(p.Terminal, text); err != nil {
		p.T.Fatal(err)
	}
}

// Does types a line and waits for the end of its results, which begins and ends
// with a line of dashes.
func (p *Typist) Does(line string) {
	p.T.Helper()
	p.Types(line + "\r")
	p.Finished()
}

// Finished waits for the end of one more command.
func (p *Typist) Finished() {
	p.T.Helper()
	p.Prompts++
	p.Sees(`^-----\r?$`, 2*(p.Prompts-1))
}

// Leaves leaves the session.
func (p *Typist) Leaves(code int) {
	p.T.Helper()
	p.Types("quit\r")
	if got := p.Wait(); got != code {
		p.T.Errorf("exit status %d, want %d", got, code)
	}
}
