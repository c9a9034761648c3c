package prompt

import (
	"strings"
	"testing"

	"clsh/runner/remote"
)

func TestUnfinished(t *testing.T) {
	for line, want := range map[string]bool{
		"": false, "ls": false, "echo 'a": true, "echo 'a'": false, `echo "a`: true, "echo it's": true, `echo it\'s`: false,
		"# it's": false, "echo `a": true, "echo $(a": true, "echo $((1 +": true, "(a": true, "{ a": true, "f() {": true, "f() { a; }": false,
		"for i in 1 2; do": true, "for i in 1 2; do\necho $i": true, "for i in 1 2; do\necho $i\ndone": false,
		"if a; then": true, "if a; then b; fi": false, "while a": true, "case x in a)": true, "case x in a) b;; esac": false,
		"a |": true, "a &&": true, "a ||": true, "a &": false,
		"cat <<E": true, "cat <<E\nx": true, "cat <<E\nx\nE": false, "cat <<'E'\n'\nE": false, "cat <<-E\n\tx\n\tE": false,
		`a \`: true, `a \\`: false, `a \\\`: true, "a \\\nb": false, `'a \`: true,
		// What is wrong is for the shell to say, and so is what only some of them wait for.
		"fi": false, ")": false, "for": false, "a ;;": false, "&&": false, "[[ -f x": false, "x=(1": false,
		// Only what a shell will read counts.
		"!for i in 1; do": true, "! ls": false, ":!echo 'a": true, ":on a,b for i in 1; do": true, ":on a,b true": false, ":on it's": false,
		":only it's": false, ":save it's": false, ": it's": true, "  :hosts it's": false, ":help": false, ": a \\": true,
	} {
		if got := unfinished(line); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

// What is nested as deep as a command can hold is answered, and what is longer is
// not looked at.
func TestUnfinishedDeep(t *testing.T) {
	if deep := strings.Repeat("{ ", remote.MaxCommand/2); !unfinished(deep) || unfinished(deep+"{ { ") {
		t.Error("not as deep as a command can hold")
	}
}

// A word that began on an earlier line is not completed, one after it is.
func TestContinuedWord(t *testing.T) {
	for _, test := range []struct {
		before, line string
		kind         wordKind
	}{
		{"", "ls /t", remotePath}, {"", "l", remoteCommand}, {"for i in 1; do\n", "l", remoteCommand}, {"for i in 1; do\n", "!x", remoteCommand},
		{"for i in 1; do\n", ":ho", remoteCommand}, {"!for i in 1; do\n", "l", localPath}, {"ls \\\n", "/t", remotePath}, {"echo 'a\n", "b", noWord},
	} {
		if w := continuedWord(test.before, test.line); w.kind != test.kind {
			t.Errorf("%q after %q: %+v, want kind %d", test.line, test.before, w, test.kind)
		}
	}
}
