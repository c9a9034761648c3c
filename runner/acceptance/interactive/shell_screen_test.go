package interactive

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// The interactive mode as it is seen: on a terminal that draws.

// The report's session, line for line but for what failed, and the one whose first host is not there.
func TestScreenTranscript(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	sc := clshtest.OnScreen(t, s, 80, clshtest.Stateless(t), "-i", "-h", "a")
	sc.Shows("Enter 'quit' to leave this interactive mode", "Working with nodes: a", "clsh>")
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
		sc.Keys(c.line, "Enter")
		want := append([]string{"clsh> " + c.line, "-----"}, c.want...)
		if want = append(want, "-----"); c.failed != "" {
			want = append(want, c.failed)
		}
		sc.Shows(append(want, "clsh>")...)
	}
	sc.Keys("quit", "Enter")
	sc.Wait()
	sc.Shows("clsh> quit")

	s.Silent("x")
	s.Slow("b") // its answer might come before the loss
	s.Slow("c")
	sc = clshtest.OnScreen(t, s, 80, clshtest.Stateless(t), "-i", "-h", "x,b,c")
	sc.Shows("Working with nodes: x, b, c", "clsh>")
	sc.Keys("ls", "Enter")
	sc.Wait()
	text := strings.Join(sc.Lines(), "\n")
	if !regexp.MustCompile(`\nclsh> ls\n-----\nERROR: x connection lost\n  .*timed out`).MatchString(text) {
		t.Errorf("the screen:\n%s", text)
	}
}

// Wide and combining characters, a line longer than the screen, and a change of
// its size: the cursor is where it should be, and the line runs as it is seen.
func TestScreenEditing(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	sc := clshtest.OnScreen(t, s, 80, clshtest.Stateless(t), "-i", "-h", "a")
	sc.Shows("clsh>")
	sc.Keys("echo 한글 e\u0301 x", "Left", "Left", "Left", "Left", "Left")
	sc.At(15)
	sc.Keys("글")
	sc.At(17)
	sc.Keys("End")
	sc.At(len("clsh> echo ") + 6 + len(" e x"))
	sc.Keys("Enter")
	sc.Shows("-----", "a: 한글글 e\u0301 x", "-----", "clsh>")
	sc.Tmux("resize-window", "-x", "30")
	sc.Keys("echo " + strings.Repeat("한글 ", 8) + "end")
	sc.Shows("clsh> echo " + strings.Repeat("한글 ", 8) + "end")
	sc.Tmux("resize-window", "-x", "60")
	sc.Keys("Home", "Right", "Right", "Right", "Right", "Right", "A")
	sc.At(12)
	sc.Tmux("resize-window", "-x", "25")
	sc.Keys("B")
	sc.Keys("Enter")
	line := "AB" + strings.Repeat("한글 ", 8) + "end"
	sc.Shows("clsh> echo "+line, "-----", "a: "+line, "-----", "clsh>")
}

// Output of a background job comes above the prompt, and what was typed stays
// below it, the cursor where it was; also where it takes several lines.
func TestScreenBackground(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	gate := filepath.Join(s.Home, "gate")
	sc := clshtest.OnScreen(t, s, 40, clshtest.Stateless(t), "-i", "-h", "a")
	sc.Shows("clsh>")
	job := "(while test -e " + gate + "; do sleep 0.1; done; echo behind; echo it) &"
	clshtest.Touch(t, gate)
	sc.Keys(job, "Enter")
	sc.Shows("a:", "-----", "clsh>")
	typed := "echo " + strings.Repeat("half ", 10)
	sc.Keys(typed, "Left", "Left")
	column := (len("clsh> "+typed) - 2) % 40
	sc.At(column)
	if err := os.Remove(gate); err != nil {
		t.Fatal(err)
	}
	sc.Shows("a: behind", "a: it", "clsh> "+strings.TrimSpace(typed))
	sc.At(column)
	sc.Keys("!", "Enter")
	sc.Shows("a: "+strings.Repeat("half ", 9)+"hal!f", "-----", "clsh>")
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
	sc := clshtest.OnScreen(t, s, 100, append(clshtest.Stateless(t), "SHELL=/bin/sh", "LESS=", "PS1=within> "), "-i", "-h", "a")
	sc.Shows("clsh>")
	for _, c := range []struct {
		command, there string
		leave          []string
	}{
		{":!less " + file, `^content of the file\n(?s:.*)\(END\)`, []string{"q"}},
		{":!vi -u NONE " + file, `^content of the file\n(?s:.*)^~ *\n(?s:.*)"`, []string{":q", "Enter"}},
	} {
		sc.Keys(c.command, "Enter")
		sc.WaitFor(c.command, c.there, 1)
		sc.Keys(c.leave...)
		sc.Shows("clsh> "+c.command, "clsh>")
		sc.Keys("echo it's\\ intact", "Home", "End", "BSpace", "BSpace", "BSpace", "C-u", "echo intact", "Enter")
		sc.Shows("clsh> echo intact", "-----", "a: intact", "-----", "clsh>")
	}
	sc.Keys(":sh", "Enter")
	sc.WaitFor("a shell", `^within>`, 1)
	sc.Keys("echo sl''eeping; sleep 300", "Enter")
	sc.WaitFor("its command", `^sleeping`, 1)
	sc.Keys("C-c")
	sc.WaitFor("the shell's next prompt", `^within>`, 2)
	sc.Keys("echo li''ving; exit", "Enter")
	sc.Shows("living", "clsh>")
	sc.Keys("echo intact", "Enter")
	sc.Shows("-----", "a: intact", "-----", "clsh>")
	sc.Keys("quit", "Enter")
	sc.Wait()
}

// ^Z stops clsh, at the prompt and during a command. The shell has its terminal,
// and fg brings everything back: the line, the command, ^C.
func TestScreenSuspend(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	sc := clshtest.OnScreenOf(t, s, 80, append(clshtest.Stateless(t), "PS1=shell> ", "CLSH_SSH_CONFIG="+s.Config()), "bash", "--norc", "-i")
	sc.Shows("shell>")
	sc.Keys("clsh -i -h a", "Enter")
	sc.Shows("clsh>")
	sc.Keys("echo half")
	sc.Shows("clsh> echo half")
	for i := range 3 {
		sc.Keys("C-z")
		sc.WaitFor("stopped", `Stopped.*clsh`, i+1)
		sc.Shows("shell>")
		sc.Keys("echo mi''ne", "Enter")
		sc.Shows("mine", "shell>")
		sc.Keys("fg", "Enter")
		sc.Shows("clsh -i -h a", "clsh> echo half")
	}
	sc.Keys("way", "Enter")
	sc.Shows("-----", "a: halfway", "-----", "clsh>")
	mark := sshtest.Mark()
	sc.Keys("MARK="+mark+" sleep 300", "Enter")
	sshtest.WaitMarked(t, mark, 1)
	sc.Keys("C-z")
	sc.Shows("shell>")
	sc.Keys("fg", "Enter")
	sc.WaitFor("clsh again", `^clsh -i -h a$`, 4) // the status line may be below it
	sc.Keys("C-c")
	sc.Shows("-----", "stopped: a", "clsh>")
	sshtest.WaitGone(t, mark)
	sc.Keys("quit", "Enter")
	sc.Shows("clsh> quit", "shell>")
	sc.Keys("exit", "Enter")
	sc.Wait()
}

// ^Z stops clsh while a host floods, too.
func TestScreenSuspendFlood(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	sc := clshtest.OnScreenOf(t, s, 80, append(clshtest.Stateless(t), "PS1=shell> ", "CLSH_SSH_CONFIG="+s.Config()), "bash", "--norc", "-i")
	sc.Shows("shell>")
	sc.Keys("clsh -i -h a,b", "Enter")
	sc.WaitFor("the prompt", `^clsh>`, 1)
	mark := sshtest.Mark()
	sc.Keys("MARK="+mark+" yes flood", "Enter")
	floods := func() {
		sc.Tmux("clear-history")
		sc.WaitFor("more than a screen of it", `^[ab]: flood$`, 100)
		sc.Tmux("clear-history")
	}
	for range 3 {
		floods()
		sc.Keys("C-z")
		sc.WaitFor("stopped", `Stopped.*clsh`, 1)
		sc.Keys("fg", "Enter")
	}
	floods()
	sc.Keys("C-c")
	sc.WaitFor("the end", `^stopped: a,b`, 1)
	sshtest.WaitGone(t, mark)
	sc.Keys("quit", "Enter")
	sc.WaitFor("the shell", `^shell> *$`, 1)
	sc.Keys("exit", "Enter")
	sc.Wait()
}
