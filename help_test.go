package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-shellwords"

	"clsh/runner/flags"
)

// The help of both tools fits a terminal of 80 columns, begins with how the tool is called,
// and names all options.
func TestHelp(t *testing.T) {
	t.Parallel()
	for tool, options := range optionsOfTools(t) {
		out, err := exec.Command(tool, "--help").Output()
		if err != nil {
			t.Fatal(err)
		}
		help := string(out)
		for line := range strings.Lines(help) {
			if width := len([]rune(strings.TrimSuffix(line, "\n"))); width > 80 {
				t.Errorf("%s --help: %d columns: %s", tool, width, line)
			}
		}
		first := "Usage: " + tool + " [options] [--] command [argument ...]\n       " + tool + " [options] -"
		if !strings.HasPrefix(help, first) || !strings.HasSuffix(help, "\nSee man "+tool+".\n") {
			t.Errorf("%s --help begins or ends otherwise:\n%s", tool, help)
		}
		if examples := examplesOf(help); len(examples) != 6 {
			t.Errorf("%s --help has the examples %q", tool, examples)
		} else {
			checkExamples(t, tool, options, examples)
		}
		for _, f := range options {
			checkHelp(t, help, tool, f)
		}
	}
}

// checkHelp checks the text of an option, and its place in help.
func checkHelp(t *testing.T, help, tool string, f *kong.Flag) {
	t.Helper()
	heading := "  " + strings.Join(flags.Spellings(f), ", ")
	if f.Hidden {
		if strings.Contains(help, "--"+f.Name+" ") {
			t.Errorf("%s --help names --%s, which is hidden", tool, f.Name)
		}
		return
	}
	if value := flags.Placeholder(f); value != "" {
		heading += " " + value
	}
	_, text, found := strings.Cut(help, heading+" ")
	if !found {
		_, text, found = strings.Cut(help, heading+"\n")
	}
	lines := strings.SplitN(text, "\n", 3)
	joined := strings.TrimSpace(lines[0])
	if joined != f.Help && len(lines) > 1 {
		joined += " " + strings.TrimSpace(lines[1])
	}
	if !found || joined != f.Help {
		t.Errorf("%s --help: %q: %q, want %q on at most two lines", tool, heading, joined, f.Help)
	}
	word, _, _ := strings.Cut(f.Help, " ")
	if len(f.Help) > 70 || !strings.HasSuffix(f.Help, ".") || !unicode.IsUpper([]rune(word)[0]) {
		t.Errorf("%s --%s: %q: a sentence of at most 70 columns that begins with a verb", tool, f.Name, f.Help)
	}
}

// examplesOf returns the lines below Examples, without their remarks.
func examplesOf(help string) []string {
	_, rest, _ := strings.Cut(help, "\nExamples:\n")
	rest, _, _ = strings.Cut(rest, "\n\n")
	examples := strings.Split(rest, "\n")
	for i, line := range examples {
		line, _, _ = strings.Cut(line, "  # ")
		examples[i] = strings.TrimSpace(line)
	}
	return examples
}

// checkExamples checks that each example is a call with options that exist.
func checkExamples(t *testing.T, tool string, options []*kong.Flag, examples []string) {
	t.Helper()
	var known []string
	for _, f := range options {
		known = append(known, append([]string{f.Name}, f.Aliases...)...)
	}
	for _, example := range examples {
		words, err := shellwords.Parse(example)
		if err != nil || len(words) == 0 || words[0] != tool {
			t.Errorf("%q: %q, %v; want a call of %s", example, words, err, tool)
			continue
		}
		words, err = flags.Normalize(words[1:], options, nil)
		if err != nil || len(words) == 0 {
			t.Errorf("%q: %q, %v", example, words, err)
		}
		for _, word := range words {
			name, isOption := strings.CutPrefix(word, "-")
			if !isOption || word == "--" {
				break
			}
			name, _, _ = strings.Cut(strings.TrimPrefix(name, "-"), "=")
			if !slices.Contains(known, name) {
				t.Errorf("%q: there is no option %s", example, word)
			}
		}
	}
}
