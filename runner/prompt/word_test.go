package prompt

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clsh/runner/sshtest"
)

func TestLastWord(t *testing.T) {
	for _, c := range []struct {
		before string
		kind   wordKind
		text   string
		raw    string
		quote  byte
	}{
		{"", remoteCommand, "", "", 0},
		{"un", remoteCommand, "un", "un", 0},
		{"  un", remoteCommand, "un", "un", 0},
		{"/bin/un", remotePath, "/bin/un", "/bin/un", 0},
		{"ls ", remotePath, "", "", 0},
		{"ls  a", remotePath, "a", "a", 0},
		{"ls; un", remoteCommand, "un", "un", 0},
		{"ls|un", remoteCommand, "un", "un", 0},
		{"ls && (un", remoteCommand, "un", "un", 0},
		{"ls >/tm", remotePath, "/tm", "/tm", 0},
		{"X=/tm", remotePath, "/tm", "/tm", 0},
		{":put ", localPath, "", "", 0},
		{":put a\\ b", localPath, "a b", "a\\ b", 0},
		{":put a c", eitherPath, "c", "c", 0},
		{":put --check a", eitherPath, "a", "a", 0},
		{":put a --ch", noWord, "", "", 0},
		{":get /etc/ho", remotePath, "/etc/ho", "/etc/ho", 0},
		{":get 'a b' c", eitherPath, "c", "c", 0},
		{`ls a\ b`, remotePath, "a b", `a\ b`, 0},
		{`ls 'a b`, remotePath, "a b", "a b", '\''},
		{`ls "a b`, remotePath, "a b", "a b", '"'},
		{`ls 'a;b' c`, remotePath, "c", "c", 0},
		{`ls 'a\`, remotePath, `a\`, `a\`, '\''},
		{`ls "a\"b`, remotePath, `a"b`, `a\"b`, '"'},
		{"ls 한", remotePath, "한", "한", 0},
		{":", colonName, "", "", 0},
		{":re", colonName, "re", "re", 0},
		{": re", remotePath, "re", "re", 0},
		{":1x", remoteCommand, ":1x", ":1x", 0},
		{":on a,b!@g", memberName, "@g", "@g", 0},
		{":on a un", remoteCommand, "un", "un", 0},
		{":on a ls x", remotePath, "x", "x", 0},
		{":only a b", memberName, "b", "b", 0},
		{":drop a&b", memberName, "b", "b", 0},
		{":reconnect ", memberName, "", "", 0},
		{":add n^m", hostName, "m", "m", 0},
		{":save two words", localFile, "two words", "two words", 0},
		{":save! f", localFile, "f", "f", 0},
		{":timeout 1", noWord, "", "", 0},
		{"!ca", localPath, "ca", "ca", 0},
		{":!vi x", localPath, "x", "x", 0},
		{"!a 'x y", localPath, "x y", "x y", '\''},
	} {
		got := lastWord(c.before)
		if want := (word{c.kind, c.text, c.raw, c.quote}); got != want {
			t.Errorf("%q: %+v, want %+v", c.before, got, want)
		}
	}
}

func TestEndings(t *testing.T) {
	for _, c := range []struct {
		before     string
		candidates []string
		want       []string
	}{
		{"ls a", []string{"b", "ab", "aa/", "ab", "a"}, []string{" ", "a/", "b "}},
		{"ls ", []string{"a b", "it's", "x$y"}, []string{`a\ b `, `it\'s `, `x\$y `}},
		{"ls '", []string{"a b", "it's", "d/"}, []string{"a b' ", "d/", `it'\''s' `}},
		{`ls "`, []string{`a"b`, "x$y"}, []string{`a\"b" `, `x\$y" `}},
		{":save ", []string{"a b"}, []string{"a b "}},
		{":on ", []string{"[::1]:22"}, []string{"[::1]:22 "}},
		{"ls ", []string{"evil\x1b[2J", "c1\u009b2J", "\xff", "line\nend"}, nil},
	} {
		var got []string
		for _, ending := range lastWord(c.before).endings(c.candidates) {
			got = append(got, string(ending))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q with %q: want -, got +:\n%s", c.before, c.candidates, diff)
		}
	}
}

// What is completed is the file that was meant, for a shell: the words of the
// line read back as the candidate.
func FuzzEndings(f *testing.F) {
	for _, name := range []string{"a b", "it's", `back\slash`, "$HOME", "*[x]?", "~", "#!", `"`, "-n", "d/"} {
		for _, quote := range []string{"", "'", `"`} {
			f.Add(name, quote)
		}
	}
	f.Fuzz(func(t *testing.T, name, quote string) {
		if quote != "" && quote != "'" && quote != `"` {
			return
		}
		line := "printf %s " + quote
		for _, ending := range lastWord(line).endings([]string{name}) {
			text := line + string(ending)
			if strings.HasSuffix(name, "/") {
				text += quote // open still: a name in the directory may follow
			}
			out, err := exec.Command("sh", "-c", text).Output()
			if err != nil || string(out) != name {
				t.Errorf("%q becomes %q (%v)", text, out, err)
			}
		}
	})
}

// A host answers with the names that there are, with every shell.
func TestQuestion(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"two words", "it's", "plain"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "pdir"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"sh", "bash", "dash", "zsh", "ksh"} {
		t.Run(shell, func(t *testing.T) {
			sshtest.Need(t, shell)
			for _, c := range []struct {
				dir, base string
				command   bool
				want      string
			}{
				{dir + "/", "p", false, "pdir/\nplain\n"},
				{dir + "/", "two w", false, "two words\n"},
				{"~/", "it's", false, "it's\n"},
				{dir + "/", "none", false, ""},
				{dir + "/none/", "", false, ""},
				{"", "two w", true, "two words\n"},
			} {
				cmd := exec.Command(shell, "-c", listCommand(c.dir, c.base, c.command))
				cmd.Env = []string{"HOME=" + dir, "PATH=/nowhere:" + dir + ":/usr/bin:/bin"}
				out, err := cmd.Output()
				if exit := (*exec.ExitError)(nil); string(out) != c.want || err != nil && !errors.As(err, &exit) {
					t.Errorf("%+v: %q (%v)", c, out, err)
				}
			}
		})
	}
}
