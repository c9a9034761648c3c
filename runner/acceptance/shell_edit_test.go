package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

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
	if strings.Contains(p.out.String(), "\x1b[6n") {
		t.Error("the terminal was asked where the cursor is; this one never answers")
	}
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

// Lines are found again in a later session, by ^P and by ^R, which ^C ends with the
// line.
func TestInteractiveHistory(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	state := t.TempDir()
	p := interactiveIn(t, s, state, "-h", "a")
	p.does("echo remem''bered")
	p.does("echo last''ly")
	p.leaves(0)
	p = interactiveIn(t, s, state, "-h", "a")
	p.types("\x10\x10\r") // the last one is quit
	p.sees(`^a: lastly`, 1)
	p.finished()
	p.types("\x12remem")
	p.sees(`bck-i-search: remem`, 1)
	p.types("\r")
	p.sees(`^a: remembered`, 1)
	p.finished()
	p.types("\x12lastly")
	p.sees(`bck-i-search: lastly`, 1)
	p.types("\x03echo instead\r")
	p.sees(`^a: instead`, 1)
	p.finished()
	p.leaves(0)
}

// Tab knows the words of each place. What is left of a line is taken away by ^C,
// candidates or not.
func TestInteractiveCompletion(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	groups := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(groups, []byte("[racks]\nrack1\nrack2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plain-file", "two words", "it's", "evil\x1b]0;title\a"} {
		create(t, filepath.Join(s.Home, name))
	}
	p := interactive(t, s, "--hostfile", groups, "-h", "a1,a2")
	cd := "cd " + s.Home
	p.does(cd)
	local := filepath.Join(s.Home, "pl")
	for i, c := range []struct{ typed, becomes string }{
		{":rec", `:reconnect `},
		{":on a", `a1 +a2`},
		{":on a1!@ra", `:on a1!@racks `},
		{":add rack", `rack1 +rack2`},
		{":save " + local, local + `ain-file `},
		{"!cat " + local, local + `ain-file `},
		{":on a1 cat pl", `cat plain-file `},
		{"cat tw", `cat two\\ words `},
		{"cat 'tw", `cat 'two words' `},
		{"cat it", `cat it\\'s `},
		{"cat ~/pl", `cat ~/plain-file `},
		{"true; unam", `true; uname `},
		{"./pl", `\./plain-file `},
	} {
		p.types(c.typed + "\t")
		p.sees(c.becomes, 1)
		p.types("\x03")
		p.sees(`\^C\r?$`, i+1)
	}
	p.types("cat ev\t\x03")
	p.does("false")
	p.types("echo status $? pl\tend\r")
	p.sees(`^a[12]: status 1 plain-file end`, 2)
	if strings.Contains(p.out.String(), "title") {
		t.Error("a file's name has reached the terminal as it is")
	}
}
