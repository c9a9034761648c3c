package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	heatcli "clsh/heat/cli"
	"clsh/runner/cli/habits"
	"clsh/runner/flags"
)

// No option of another tool hides one of ours, all of them become options that there are, and
// the pages list every one.
func TestHabits(t *testing.T) {
	t.Parallel()
	tools := optionsOfTools(t)
	for name, rows := range map[string][]flags.Habit{"clsh": habits.Rows(), "heat": heatcli.Habits()} {
		if clashes := flags.Clashes(rows, tools[name]); len(clashes) > 0 {
			t.Errorf("%s has options that are also habits: %q", name, clashes)
		}
		for _, h := range rows {
			for _, row := range append(h.Values, h) {
				checkBecomes(t, row, tools[name])
			}
		}
	}
	page, man := readText(t, "docs/migrating.md"), readText(t, "packaging/man/clsh.1")
	_, page, _ = strings.Cut(page, "## Options of other tools")
	_, man, _ = strings.Cut(man, ".SH COMPATIBILITY")
	man, _, _ = strings.Cut(man, ".SH FILES")
	man = strings.ReplaceAll(man, `\-`, "-")
	for _, h := range habits.Rows() {
		for _, spelled := range strings.Fields(h.Spellings) {
			if !strings.Contains(page, "`"+spelled+"`") && !strings.Contains(page, "`"+spelled+" ") {
				t.Errorf("docs/migrating.md does not list %s", spelled)
			}
			if !slices.Contains(strings.FieldsFunc(man, func(r rune) bool { return strings.ContainsRune(" \n,;\"", r) }), spelled) {
				t.Errorf("clsh(1) does not list %s", spelled)
			}
		}
	}
}

// checkBecomes checks that a row has an answer or words, and that the words are options.
func checkBecomes(t *testing.T, row flags.Habit, options []*kong.Flag) {
	t.Helper()
	if row.Problem != "" && (row.Becomes != "" || row.Hint == "") {
		t.Errorf("%s is answered without a hint, or also becomes something", row.Spellings)
	}
	for word := range strings.FieldsSeq(row.Becomes) {
		name, _, _ := strings.Cut(strings.TrimPrefix(word, "--"), "=")
		if !slices.ContainsFunc(options, func(f *kong.Flag) bool { return f.Name == name }) {
			t.Errorf("%s becomes %s, which is no option", row.Spellings, word)
		}
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
