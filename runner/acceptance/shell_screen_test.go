package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// The interactive mode as it is seen: on a terminal that draws.

// keys types keys as tmux names them.
func (sc *screen) keys(keys ...string) {
	sc.t.Helper()
	sc.tmux(append([]string{"send-keys"}, keys...)...)
}

// shows waits until the last lines of the screen are these.
func (sc *screen) shows(want ...string) {
	sc.t.Helper()
	sshtest.WaitFor(sc.t, fmt.Sprintf("the last lines are %q", want), func() bool {
		lines := sc.lines()
		return len(lines) >= len(want) && slices.Equal(lines[len(lines)-len(want):], want)
	})
}

// at waits until the cursor is in a column, from 0.
func (sc *screen) at(column int) {
	sc.t.Helper()
	sshtest.WaitFor(sc.t, fmt.Sprintf("the cursor is in column %d", column), func() bool {
		return strings.TrimSpace(sc.tmux("display-message", "-p", "#{cursor_x}")) == fmt.Sprint(column)
	})
}

// stateless is an environment with a history of its own.
func stateless(t *testing.T) []string {
	t.Helper()
	return []string{"XDG_STATE_HOME=" + t.TempDir(), "NO_COLOR=1"}
}

// The report's session, line for line but for what failed, and the one whose first host is not there.
func TestScreenTranscript(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	sc := onScreen(t, s, 80, stateless(t), "-i", "-h", "a")
	sc.shows("Enter 'quit' to leave this interactive mode", "Working with nodes: a", "clsh>")
	for _, c := range []struct {
		line   string
		want   []string
		failed string
	}{
		{"uname", []string{"a: Linux"}, ""},
		{"cd /; pwd", []string{"a: /"}, ""},
		{"abcde", []string{"a: -bash: line 1: abcde: command not found"}, "exit 127: a"},
		{"!uname", []string{"LOCAL: Linux"}, ""},
		{"!mkdir d; cd d; touch clsh err out ssh-key.pem; ls", []string{"LOCAL: clsh", "err", "out", "ssh-key.pem"}, ""},
	} {
		sc.keys(c.line, "Enter")
		want := append([]string{"clsh> " + c.line, "-----"}, c.want...)
		if want = append(want, "-----"); c.failed != "" {
			want = append(want, c.failed)
		}
		sc.shows(append(want, "clsh>")...)
	}
	sc.keys("quit", "Enter")
	sc.wait()
	sc.shows("clsh> quit")

	s.Silent("x")
	s.Slow("b") // its answer might come before the loss
	s.Slow("c")
	sc = onScreen(t, s, 80, stateless(t), "-i", "-h", "x,b,c")
	sc.shows("Working with nodes: x, b, c", "clsh>")
	sc.keys("ls", "Enter")
	sc.wait()
	text := strings.Join(sc.lines(), "\n")
	if !regexp.MustCompile(`\nclsh> ls\n-----\nERROR: x connection lost\n  .*timed out`).MatchString(text) {
		t.Errorf("the screen:\n%s", text)
	}
}

// Wide and combining characters, a line longer than the screen, and a change of
// its size: the cursor is where it should be, and the line runs as it is seen.
func TestScreenEditing(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	sc := onScreen(t, s, 80, stateless(t), "-i", "-h", "a")
	sc.shows("clsh>")
	sc.keys("echo 한글 e\u0301 x", "Left", "Left", "Left", "Left", "Left")
	sc.at(15)
	sc.keys("글")
	sc.at(17)
	sc.keys("End")
	sc.at(len("clsh> echo ") + 6 + len(" e x"))
	sc.keys("Enter")
	sc.shows("-----", "a: 한글글 e\u0301 x", "-----", "clsh>")
	sc.tmux("resize-window", "-x", "30")
	sc.keys("echo " + strings.Repeat("한글 ", 8) + "end")
	sc.shows("clsh> echo " + strings.Repeat("한글 ", 8) + "end")
	sc.tmux("resize-window", "-x", "60")
	sc.keys("Home", "Right", "Right", "Right", "Right", "Right", "A")
	sc.at(12)
	sc.tmux("resize-window", "-x", "25")
	sc.keys("B")
	sc.keys("Enter")
	line := "AB" + strings.Repeat("한글 ", 8) + "end"
	sc.shows("clsh> echo "+line, "-----", "a: "+line, "-----", "clsh>")
}

// Output of a background job comes above the prompt, and what was typed stays
// below it, the cursor where it was; also where it takes several lines.
func TestScreenBackground(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	gate := filepath.Join(s.Home, "gate")
	sc := onScreen(t, s, 40, stateless(t), "-i", "-h", "a")
	sc.shows("clsh>")
	job := "(while test -e " + gate + "; do sleep 0.1; done; echo behind; echo it) &"
	create(t, gate)
	sc.keys(job, "Enter")
	sc.shows("a:", "-----", "clsh>")
	typed := "echo " + strings.Repeat("half ", 10)
	sc.keys(typed, "Left", "Left")
	column := (len("clsh> "+typed) - 2) % 40
	sc.at(column)
	if err := os.Remove(gate); err != nil {
		t.Fatal(err)
	}
	sc.shows("a: behind", "a: it", "clsh> "+strings.TrimSpace(typed))
	sc.at(column)
	sc.keys("!", "Enter")
	sc.shows("a: "+strings.Repeat("half ", 9)+"hal!f", "-----", "clsh>")
}

// Programs that own the terminal have it, and leave the prompt as it was.
func TestScreenOwners(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "vi", "less")
	s := sshtest.New(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("content of the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sc := onScreen(t, s, 100, append(stateless(t), "SHELL=/bin/sh", "LESS=", "PS1=within> "), "-i", "-h", "a")
	sc.shows("clsh>")
	for _, c := range []struct {
		command, there string
		leave          []string
	}{
		{":!less " + file, `^content of the file\n(?s:.*)\(END\)`, []string{"q"}},
		{":!vi -u NONE " + file, `^content of the file\n(?s:.*)^~ *\n(?s:.*)"`, []string{":q", "Enter"}},
	} {
		sc.keys(c.command, "Enter")
		sc.waitFor(c.command, c.there, 1)
		sc.keys(c.leave...)
		sc.shows("clsh> "+c.command, "clsh>")
		sc.keys("echo it's\\ intact", "Home", "End", "BSpace", "BSpace", "BSpace", "C-u", "echo intact", "Enter")
		sc.shows("clsh> echo intact", "-----", "a: intact", "-----", "clsh>")
	}
	sc.keys(":sh", "Enter")
	sc.waitFor("a shell", `^within>`, 1)
	sc.keys("echo sl''eeping; sleep 300", "Enter")
	sc.waitFor("its command", `^sleeping`, 1)
	sc.keys("C-c")
	sc.waitFor("the shell's next prompt", `^within>`, 2)
	sc.keys("echo li''ving; exit", "Enter")
	sc.shows("living", "clsh>")
	sc.keys("echo intact", "Enter")
	sc.shows("-----", "a: intact", "-----", "clsh>")
	sc.keys("quit", "Enter")
	sc.wait()
}

// ^Z stops clsh, at the prompt and during a command. The shell has its terminal,
// and fg brings everything back: the line, the command, ^C.
func TestScreenSuspend(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	sc := onScreenOf(t, s, 80, append(stateless(t), "PS1=shell> ", "CLSH_SSH_CONFIG="+s.Config()), "bash", "--norc", "-i")
	sc.shows("shell>")
	sc.keys("clsh -i -h a", "Enter")
	sc.shows("clsh>")
	sc.keys("echo half")
	sc.shows("clsh> echo half")
	for i := range 3 {
		sc.keys("C-z")
		sc.waitFor("stopped", `Stopped.*clsh`, i+1)
		sc.shows("shell>")
		sc.keys("echo mi''ne", "Enter")
		sc.shows("mine", "shell>")
		sc.keys("fg", "Enter")
		sc.shows("clsh -i -h a", "clsh> echo half")
	}
	sc.keys("way", "Enter")
	sc.shows("-----", "a: halfway", "-----", "clsh>")
	mark := sshtest.Mark()
	sc.keys("MARK="+mark+" sleep 300", "Enter")
	sshtest.WaitMarked(t, mark, 1)
	sc.keys("C-z")
	sc.shows("shell>")
	sc.keys("fg", "Enter")
	sc.waitFor("clsh again", `^clsh -i -h a$`, 4) // the status line may be below it
	sc.keys("C-c")
	sc.shows("-----", "stopped: a", "clsh>")
	sshtest.WaitGone(t, mark)
	sc.keys("quit", "Enter")
	sc.shows("clsh> quit", "shell>")
	sc.keys("exit", "Enter")
	sc.wait()
}
