package acceptance

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// A typist is an interactive clsh on a terminal.
type typist struct {
	*command
	terminal *os.File
	history  string
	prompts  int
}

// interactive starts clsh -i on a terminal and waits for the prompt.
func interactive(t *testing.T, s *sshtest.Site, args ...string) *typist {
	t.Helper()
	return interactiveIn(t, s, t.TempDir(), args...)
}

// interactiveIn is interactive with a place for the history.
func interactiveIn(t *testing.T, s *sshtest.Site, state string, args ...string) *typist {
	t.Helper()
	return interactiveCommand(t, clshCommand(t, s, append([]string{"-i"}, args...)...), state)
}

// interactiveCommand is interactiveIn for a command that the test has prepared.
func interactiveCommand(t *testing.T, cmd *exec.Cmd, state string) *typist {
	t.Helper()
	cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+state, "NO_COLOR=1", "TERM=xterm")
	c, terminal := onTerminal(t, cmd)
	p := &typist{command: c, terminal: terminal, history: filepath.Join(state, "clsh", "history")}
	p.prompted()
	return p
}

// prompted waits for the next prompt.
func (p *typist) prompted() {
	p.t.Helper()
	p.prompts++
	p.sees(`clsh> `, 1)
}

// sees waits until what is on the terminal matches pattern n times; what the
// editor sends to move the cursor may stand before a line.
func (p *typist) sees(pattern string, n int) {
	p.t.Helper()
	p.waitFor(p.out, strings.Replace(pattern, "^", `^(?: \x08|\x1b\[[?0-9]*[a-zA-Z]|\r)*`, 1), n)
}

// types types text.
func (p *typist) types(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.terminal, text); err != nil {
		p.t.Fatal(err)
	}
}

// does types a line and waits for the end of its results, which begins and ends
// with a line of dashes.
func (p *typist) does(line string) {
	p.t.Helper()
	p.types(line + "\r")
	p.finished()
}

// finished waits for the end of one more command.
func (p *typist) finished() {
	p.t.Helper()
	p.prompts++
	p.sees(`^-----\r?$`, 2*(p.prompts-1))
}

// leaves leaves the session.
func (p *typist) leaves(code int) {
	p.t.Helper()
	p.types("quit\r")
	if got := p.wait(); got != code {
		p.t.Errorf("exit status %d, want %d", got, code)
	}
}

// stuck are commands that do not end by themselves. %s is a mark that all their
// processes hold; none prints "no".
func stuck() map[string]string {
	return map[string]string{
		"sleep":    `: up; env MARK=%s sleep 300; echo no`,
		"loop":     `while :; do env MARK=%s sleep 300; done; echo no`,
		"pipeline": `env MARK=%s sleep 300 | cat; echo no`,
		"function": `f() { env MARK=%s sleep 300; echo no; }; g() { f; echo no; }; g; echo no`,
		"subshell": `(env MARK=%s sleep 300; echo no); echo no`,
		"ignoring": `env MARK=%s sh -c 'trap "" INT; while :; do sleep 1; done'; echo no`,
		"session":  `setsid env MARK=%s sleep 300; echo no`,
	}
}

// ^C ends what runs on every host, the rest of the line with it, and nothing
// else: the shell lives on with its state, and an earlier background job, too.
func TestInteractiveInterrupt(t *testing.T) {
	t.Parallel()
	for _, shell := range shells() {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell))
			p := interactive(t, s, "--kill-after", "1", "-h", "a,b")
			job := sshtest.Mark()
			p.does("X=kept; cd /; env MARK=" + job + " sleep 300 &")
			for kind, command := range stuck() {
				if !full() && shell != "bash" && kind != "sleep" && kind != "loop" && kind != "function" {
					continue
				}
				mark := sshtest.Mark()
				p.types(fmt.Sprintf(command, mark) + "\r")
				p.sees(`^-----\r?$`, 2*(p.prompts-1)+1)
				sshtest.WaitMarked(t, mark, 2)
				p.types("\x03")
				p.finished()
				sshtest.WaitGone(t, mark)
				p.does(`echo "alive $X" ` + kind)
				p.sees(`^[ab]: alive kept `+kind, 2)
			}
			if regexp.MustCompile(`(?m)^[ab]: no\r?$`).MatchString(p.out.String()) {
				t.Error("the rest of a line has run")
			}
			if n := len(sshtest.Marked(t, job)); n != 2 {
				t.Errorf("%d of 2 background jobs are there", n)
			}
			p.leaves(0)
			s.WaitDisconnected()
			if n := len(sshtest.Marked(t, job)); n != 2 {
				t.Errorf("%d of 2 background jobs stay", n)
			}
		})
	}
}

// A flood can be interrupted, and holds up nobody else.
func TestInteractiveFlood(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	p := interactive(t, s, "-h", "a,b")
	p.types("yes\r")
	p.sees(`^[ab]: y`, 1000)
	p.out.floods("a: y\r\n", "b: y\r\n")
	p.types("\x03")
	p.finished()
	p.types("test $CLSH_HOST = a && yes; echo mine\r")
	p.sees(`^b: mine`, 1)
	p.types("\x03")
	p.finished()
	p.does("echo after")
	p.sees(`^[ab]: after`, 2)
	p.leaves(0)
	s.WaitGone()
}

// A command that ends the shell ends that shell only; it is opened anew.
func TestInteractiveShellEnds(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "dash", "zsh", "ksh", "fish", "busybox"} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell))
			p := interactive(t, s, "-h", "a,b")
			for i, end := range []string{"test $CLSH_HOST != a || exit 3", "test $CLSH_HOST != a || exec true", "test $CLSH_HOST != a || kill -9 $$", "X=set; test $CLSH_HOST != a || { set -e; false; }", "test $CLSH_HOST != a || kill -TERM 0"} {
				p.does(end)
				p.sees(`^Note: a: the shell has ended \(exit status (3|0|137|1|143)\)`, i+1)
				p.does(fmt.Sprintf("echo again %d $CLSH_HOST $X", i))
				p.sees(fmt.Sprintf(`^[ab]: again %d [ab]`, i), 2)
			}
			p.sees(`^b: again 4 b set`, 1)
			p.leaves(0)
			s.WaitGone()
		})
	}
}
