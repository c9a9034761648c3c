package interactive

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// At the prompt ^C clears the line; what is typed while a command runs waits;
// a paste of two lines does not run by itself; a line is kept in the history.
func TestInteractiveEditing(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	p := clshtest.Interactive(t, s, "-h", "a")
	p.Types("echo never\x03")
	p.Sees(`never\^C`, 1)
	release := filepath.Join(s.Home, "release")
	p.Types("while ! test -e " + release + "; do sleep 0.1; done; echo first\recho typed ahead\r")
	p.Sees(`^-----\r?$`, 1)
	clshtest.Touch(t, release)
	p.Finished()
	p.Finished()
	p.Sees(`^a: first\r?$`, 1)
	p.Sees(`^a: typed ahead\r?$`, 1)
	p.Types("\x1b[200~echo one\necho two\n\x1b[201~")
	p.Sees(`echo one↵echo two`, 1)
	p.Types("\r")
	p.Finished()
	p.Sees(`^a: one\r\na: two\r?$`, 1)
	p.Does("echo 한글 e\u0301")
	p.Sees("^a: 한글 e\u0301\r?$", 1)
	p.Does(" echo secret")
	p.Does("echo same")
	p.Does("echo same")
	// The output of a background job comes above the prompt, and what was
	// typed stays.
	p.Does("(while test -e " + release + "; do sleep 0.1; done; echo behind) &")
	p.Types("echo half")
	p.Sees(`echo half`, 1)
	if err := os.Remove(release); err != nil {
		t.Fatal(err)
	}
	p.Sees(`a: behind\r?\n`, 1)
	p.Types(" way\r")
	p.Finished()
	p.Sees(`^a: half way\r?$`, 1)
	if strings.Contains(p.Out.String(), "\x1b[6n") {
		t.Error("the terminal was asked where the cursor is; this one never answers")
	}
	p.Types("\x04")
	if code := p.Wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if strings.Contains(p.Out.String(), "a: never") {
		t.Error("a line that was cleared has run")
	}
	wantHistory(p)
}

// wantHistory checks what was kept, and for whom.
func wantHistory(p *clshtest.Typist) {
	p.T.Helper()
	text, err := os.ReadFile(p.History)
	if err != nil {
		p.T.Fatal(err)
	}
	if strings.Contains(string(text), "secret") || strings.Contains(string(text), "never") || strings.Count(string(text), "echo same\n") != 1 {
		p.T.Errorf("history:\n%s", text)
	}
	for path, want := range map[string]os.FileMode{p.History: 0o600, filepath.Dir(p.History): 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			p.T.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != want {
			p.T.Errorf("%s has mode %04o, want %04o", path, mode, want)
		}
	}
}

// A program that owns the terminal has it, and the prompt is intact afterwards.
func TestInteractiveOwner(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	p := clshtest.Interactive(t, s, "-h", "a")
	p.Types(":!stty -a | tr -s ' ;' '\\n\\n' | grep -x icanon; read -r line; echo \"read $line\"\r")
	p.Sees(`^icanon\r?$`, 1)
	p.Types("from the terminal\n")
	p.Sees(`^read from the terminal\r?$`, 1)
	p.Does("echo intact")
	p.Sees(`^a: intact\r?$`, 1)
	p.Leaves(0)
}

// Lines are found again in a later session, by ^P and by ^R, which ^C ends with the
// line.
func TestInteractiveHistory(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	state := t.TempDir()
	p := clshtest.InteractiveIn(t, s, state, "-h", "a")
	p.Does("echo remem''bered")
	p.Does("echo last''ly")
	p.Leaves(0)
	p = clshtest.InteractiveIn(t, s, state, "-h", "a")
	p.Types("\x10\x10\r") // the last one is quit
	p.Sees(`^a: lastly`, 1)
	p.Finished()
	p.Types("\x12remem")
	p.Sees(`bck-i-search: remem`, 1)
	p.Types("\r")
	p.Sees(`^a: remembered`, 1)
	p.Finished()
	p.Types("\x12lastly")
	p.Sees(`bck-i-search: lastly`, 1)
	p.Types("\x03echo instead\r")
	p.Sees(`^a: instead`, 1)
	p.Finished()
	p.Leaves(0)
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
		clshtest.Touch(t, filepath.Join(s.Home, name))
	}
	p := clshtest.Interactive(t, s, "--hostfile", groups, "-h", "a1,a2")
	cd := "cd " + s.Home
	p.Does(cd)
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
		p.Types(c.typed + "\t")
		p.Sees(c.becomes, 1)
		p.Types("\x03")
		p.Sees(`\^C\r?$`, i+1)
	}
	p.Types("cat ev\t\x03")
	p.Does("false")
	p.Types("echo status $? pl\tend\r")
	p.Sees(`^a[12]: status 1 plain-file end`, 2)
	if strings.Contains(p.Out.String(), "title") {
		t.Error("a file's name has reached the terminal as it is")
	}
}
