package interactive

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// On a terminal many hosts are folded, a command that runs has its status line and
// answers Return, and a line below its results says what failed. :save has none of
// these.
func TestScreenWatched(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	dir := t.TempDir()
	gate, saved := filepath.Join(dir, "gate"), filepath.Join(dir, "saved")
	if err := syscall.Mkfifo(gate, 0o666); err != nil {
		t.Fatal(err)
	}
	sc := clshtest.OnScreen(t, s, 80, clshtest.Stateless(t), "-i", "--no-login", "-h", "n[1-9]")
	sc.Shows("Working with nodes: n[1-9] (9)", "clsh>")
	sc.Keys("echo up; case $CLSH_HOST in n9) read x <"+gate+";; n[1-4]) exit 1;; esac", "Enter")
	sc.WaitFor("the status line", `^8/9 done, 1 running, 4 failed, 0 lost, \d+s: n9$`, 1)
	sc.Keys("Enter")
	sc.WaitFor("the states", `^running: n9\nok: n\[5-8\] \(4\)\nexit 1: n\[1-4\] \(4\)$`, 1)
	sc.Keys("echo ahead")
	if err := os.WriteFile(gate, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	sc.WaitFor("what failed", `^-----\nexit 1: n\[1-4\] \(4\)\nNote: n\[1-4\]: the shell has ended`, 1)
	sc.WaitFor("what was typed ahead", `^clsh> echo ahead$`, 1)
	if text := sc.Text(); strings.Contains(text, "9 done") {
		t.Errorf("the status line is still there:\n%s", text)
	}
	sc.Keys("C-u", ":save "+saved, "Enter")
	sc.WaitFor("the next prompt", `^clsh> :save .*\nclsh> *$`, 1)
	text, err := os.ReadFile(saved)
	if err != nil || strings.Count(string(text), ": up\n") != 9 || strings.Count(string(text), "\n") != 9 {
		t.Errorf("saved %q (%v)", text, err)
	}

	sc.Keys(":only n[7-9]", "Enter", "test $CLSH_HOST = n7 || sleep 300", "Enter")
	sc.WaitFor("the status line for some hosts", `^1/3 done, 2 running, 0 failed, 0 lost, \d+s: n8, n9$`, 1)
	sc.Keys("C-c")
	sc.WaitFor("what was stopped", `^-----\nstopped: n\[8-9\] \(2\)\nclsh> *$`, 1)
	sc.Keys("echo fine", "Enter")
	sc.WaitFor("nothing where all is well", `^n[789]: fine\n-----\nclsh> *$`, 1)
	sc.Keys(":q", "Enter")
	sc.Wait()
}

// Eight hosts are named one by one, and -q takes the status line and the line for what
// failed away.
func TestScreenQuiet(t *testing.T) {
	t.Parallel()
	sc := clshtest.OnScreen(t, sshtest.New(t), 80, clshtest.Stateless(t), "-i", "-q", "-h", "n[1-8]")
	sc.Shows("Working with nodes: n1, n2, n3, n4, n5, n6, n7, n8", "clsh>")
	sc.Keys(":on n1 false", "Enter")
	sc.Shows("-----", "n1:", "-----", "clsh>")
}

// A host that is lost, and one that refuses, are among what failed; the others go on.
func TestScreenLostHosts(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.Refused("x")
	sc := clshtest.OnScreen(t, s, 80, clshtest.Stateless(t), "-i", "-h", "x,a")
	sc.Shows("clsh>")
	sc.Keys("echo one", "Enter")
	sc.WaitFor("the host that refused", `^-----\nunreachable: x\nclsh> *$`, 1)
	sc.Keys("echo two", "Enter")
	sc.Shows("-----", "a: two", "-----", "clsh>")
}

// A line that a shell would call unfinished is continued, runs as one command, and is
// one entry of the history; ^C gives it up, and ^D sends it as it is.
func TestScreenUnfinished(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	state := t.TempDir()
	sc := clshtest.OnScreen(t, s, 80, []string{"XDG_STATE_HOME=" + state, "NO_COLOR=1"}, "-i", "-h", "a")
	sc.Shows("clsh>")
	sc.Keys("for i in 1 2; do", "Enter")
	sc.Shows("clsh> for i in 1 2; do", ">")
	sc.Keys("echo $i", "Enter")
	sc.Shows("> echo $i", ">")
	sc.Keys("done", "Enter")
	sc.Shows("> done", "-----", "a: 1", "a: 2", "-----", "clsh>")
	sc.Keys("Up")
	sc.Shows("clsh> for i in 1 2; do↵echo $i↵done")
	sc.Keys("Enter")
	sc.Shows("-----", "a: 1", "a: 2", "-----", "clsh>")

	for _, c := range []struct {
		lines []string
		want  []string
	}{
		{[]string{"cat <<E", "it's", "E"}, []string{"a: it's"}},
		{[]string{`echo one \`, "two"}, []string{"a: one two"}},
		{[]string{":on a echo 'x", "y'"}, []string{"a: x", "a: y"}},
		{[]string{"!echo 'x", "y'"}, []string{"LOCAL: x", "y"}},
	} {
		for i, line := range c.lines {
			sc.Keys(line, "Enter")
			if i < len(c.lines)-1 {
				sc.Shows(">")
			}
		}
		sc.Shows(append(append([]string{"-----"}, c.want...), "-----", "clsh>")...)
	}

	sc.Keys("echo 'given", "Enter")
	sc.Shows("clsh> echo 'given", ">")
	sc.Keys("away", "C-c")
	sc.Shows("clsh>")
	sc.Keys("echo after", "Enter")
	sc.Shows("-----", "a: after", "-----", "clsh>")
	sc.Keys("echo it's", "Enter")
	sc.Shows("clsh> echo it's", ">")
	sc.Keys("C-d")
	sc.WaitFor("the shell's words", `^a: .*(unexpected EOF|EOF|[Uu]nterminated)`, 1)
	sc.Shows("-----", "exit 2: a", "clsh>")
	sc.Keys("quit", "Enter")
	sc.Wait()

	text, err := os.ReadFile(filepath.Join(state, "clsh", "history"))
	want := "for i in 1 2; do↵echo $i↵done\ncat <<E↵it's↵E\necho one \\↵two\n:on a echo 'x↵y'\n!echo 'x↵y'\necho after\necho it's\nquit\n"
	if err != nil || string(text) != want {
		t.Errorf("the history is %q (%v), want %q", text, err, want)
	}
}

// A pasted block is one command, and its rest is asked for where it has no end.
func TestScreenPastedBlock(t *testing.T) {
	t.Parallel()
	sc := clshtest.OnScreen(t, sshtest.New(t), 80, clshtest.Stateless(t), "-i", "-h", "a")
	sc.Shows("clsh>")
	paste := func(text string) {
		sc.Tmux("set-buffer", text)
		sc.Tmux("paste-buffer", "-p")
	}
	paste("for i in 1 2\ndo echo $i\ndone\n")
	sc.Shows("clsh> for i in 1 2↵do echo $i↵done")
	sc.Keys("Enter")
	sc.Shows("-----", "a: 1", "a: 2", "-----", "clsh>")
	paste("if true\nthen echo yes\n")
	sc.Shows("clsh> if true↵then echo yes")
	sc.Keys("Enter")
	sc.Shows("clsh> if true↵then echo yes", ">")
	sc.Keys("fi", "Enter")
	sc.Shows("-----", "a: yes", "-----", "clsh>")
}
