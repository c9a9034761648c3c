package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
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
	state := t.TempDir()
	cmd := clshCommand(t, s, append([]string{"-i"}, args...)...)
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

// A flood can be interrupted.
func TestInteractiveFlood(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	p := interactive(t, s, "-h", "a,b")
	p.types("yes\r")
	p.sees(`^[ab]: y`, 1000)
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

// At the prompt ^C clears the line; what is typed while a command runs waits;
// a paste of two lines does not run by itself; a line is kept in the history.
func TestInteractiveEditing(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	p := interactive(t, s, "-h", "a")
	p.types("echo never\x03")
	p.sees(`never\^C`, 1)
	release := filepath.Join(s.Home, "release")
	p.types("while ! test -e " + release + "; do sleep 0.1; done; echo first\recho typed ahead\r")
	p.sees(`^-----\r?$`, 1)
	create(t, release)
	p.finished()
	p.finished()
	p.sees(`^a: first\r?$`, 1)
	p.sees(`^a: typed ahead\r?$`, 1)
	p.types("\x1b[200~echo one\necho two\n\x1b[201~")
	p.sees(`echo one↵echo two`, 1)
	p.types("\r")
	p.finished()
	p.sees(`^a: one\r\na: two\r?$`, 1)
	p.does("echo 한글 e\u0301")
	p.sees("^a: 한글 e\u0301\r?$", 1)
	p.does(" echo secret")
	p.does("echo same")
	p.does("echo same")
	// The output of a background job comes above the prompt, and what was
	// typed stays.
	p.does("(while test -e " + release + "; do sleep 0.1; done; echo behind) &")
	p.types("echo half")
	p.sees(`echo half`, 1)
	if err := os.Remove(release); err != nil {
		t.Fatal(err)
	}
	p.sees(`a: behind\r?\n`, 1)
	p.types(" way\r")
	p.finished()
	p.sees(`^a: half way\r?$`, 1)
	p.types("\x04")
	if code := p.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if strings.Contains(p.out.String(), "a: never") {
		t.Error("a line that was cleared has run")
	}
	p.wantHistory()
}

// wantHistory checks what was kept, and for whom.
func (p *typist) wantHistory() {
	p.t.Helper()
	text, err := os.ReadFile(p.history)
	if err != nil {
		p.t.Fatal(err)
	}
	if strings.Contains(string(text), "secret") || strings.Contains(string(text), "never") || strings.Count(string(text), "echo same\n") != 1 {
		p.t.Errorf("history:\n%s", text)
	}
	for path, want := range map[string]os.FileMode{p.history: 0o600, filepath.Dir(p.history): 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			p.t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != want {
			p.t.Errorf("%s has mode %04o, want %04o", path, mode, want)
		}
	}
}

// A signal by kill(1) is that signal, at the prompt and during a command, and
// leaves nothing behind.
func TestInteractiveSignals(t *testing.T) {
	t.Parallel()
	for _, end := range []ending{{"INT", syscall.SIGINT, 130}, {"QUIT", syscall.SIGQUIT, 131}, {"TERM", syscall.SIGTERM, 143}, {"KILL", syscall.SIGKILL, 137}} {
		for _, busy := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", end.name, busy), func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t)
				mark := sshtest.Mark()
				p := interactive(t, s, "-h", "a,b")
				p.does("echo ready")
				if busy {
					p.types("env MARK=" + mark + " sleep 300; echo no\r")
					sshtest.WaitMarked(t, mark, 2)
				}
				p.signal(end.sig)
				if busy && end.sig == syscall.SIGTERM {
					p.signalUntilEnd(end.sig)
				}
				if code := p.wait(); code != end.code {
					t.Errorf("exit status %d, want %d", code, end.code)
				}
				s.WaitGone(mark)
			})
		}
	}
}

// A host that is lost between commands or during one is told of and ends the
// session; with --keep-going it is set aside, and :reconnect brings it back.
func TestInteractiveLost(t *testing.T) {
	t.Parallel()
	t.Run("between", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := interactive(t, s, "-h", "a,b")
		p.does("echo ready")
		s.Kill("b")
		p.types("echo next\r")
		p.sees(`^ERROR: b connection lost`, 1)
		if code := p.wait(); code != 255 {
			t.Errorf("exit status %d", code)
		}
		s.WaitGone()
	})
	t.Run("frozen", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := interactive(t, s, "--lost-after", "2", "-h", "a,b")
		p.does("echo ready")
		p.types("echo up; sleep 300\r")
		p.sees(`^[ab]: up`, 2)
		s.Freeze("b")
		p.sees(`^ERROR: b connection lost`, 1)
		if code := p.wait(); code != 255 {
			t.Errorf("exit status %d", code)
		}
	})
	t.Run("keep going", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		p := interactive(t, s, "--keep-going", "-h", "a,b")
		p.does("echo ready")
		p.types("echo up; test $CLSH_HOST = a || sleep 300\r")
		p.sees(`^[ab]: up`, 2)
		s.Kill("b")
		p.finished()
		p.sees(`^ERROR: b connection lost`, 1)
		p.does("echo alone")
		p.sees(`^a: alone`, 1)
		p.types(":reconnect b\r")
		p.does("echo both")
		p.sees(`^[ab]: both`, 2)
		if strings.Contains(p.out.String(), "b: alone") {
			t.Error("a host that is set aside was talked to")
		}
		p.leaves(0)
		s.WaitGone()
	})
}

// A program that owns the terminal has it, and the prompt is intact afterwards.
func TestInteractiveOwner(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	p := interactive(t, s, "-h", "a")
	p.types(":!stty -a | tr -s ' ;' '\\n\\n' | grep -x icanon; read -r line; echo \"read $line\"\r")
	p.sees(`^icanon\r?$`, 1)
	p.types("from the terminal\n")
	p.sees(`^read from the terminal\r?$`, 1)
	p.does("echo intact")
	p.sees(`^a: intact\r?$`, 1)
	p.leaves(0)
}
