package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clsh/runner/flags"
	"clsh/runner/sink"
)

// manPages returns the manual pages by file name.
func manPages(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("packaging/man/*.[157]")
	if err != nil || len(paths) != 4 {
		t.Fatalf("the manual pages are %q, %v", paths, err)
	}
	pages := map[string]string{}
	for _, path := range paths {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(path)] = string(page)
	}
	return pages
}

// Each option has a paragraph in its tool's page: under the heading that the help has, in the
// same group and order. No paragraph is about an option that there is not.
func TestManPages(t *testing.T) {
	t.Parallel()
	pages := manPages(t)
	for tool, options := range optionsOfTools(t) {
		var want []string
		for _, group := range flags.Groups(options) {
			want = append(want, ".SS "+group.Title)
			for _, f := range group.Flags {
				heading := strings.Join(flags.Spellings(f), ", ")
				if value := flags.Placeholder(f); value != "" {
					heading += " <" + value + ">"
				}
				want = append(want, heading)
			}
		}
		got, texts := manHeadings(section(pages[tool+".1"], "OPTIONS"))
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Errorf("%s.1 from option %d on:\n  %s\nthe help has\n  %s", tool, i, strings.Join(got[min(i, len(got)):], "\n  "),
					strings.Join(want[min(i, len(want)):], "\n  "))
				break
			}
		}
		for heading, text := range texts {
			if len(text) < 20 || len(text) > 6*70 {
				t.Errorf("%s.1: %s has %d characters, which is not two to six lines: %q", tool, heading, len(text), text)
			}
		}
	}
}

// manHeadings returns the groups and the options of a section in order, and the options' texts.
func manHeadings(section string) (headings []string, texts map[string]string) {
	texts = map[string]string{}
	plain := strings.NewReplacer(`\fB`, "", `\fR`, "", `\-`, "-", ` \fI`, " <", `\(aq`, "'").Replace
	heading := ""
	lines := strings.Split(strings.TrimSuffix(section, "\n"), "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, ".SS "):
			heading = ""
			headings = append(headings, line)
		case line == ".TP":
			heading = plain(lines[i+1])
			if strings.Contains(heading, " <") {
				heading += ">"
			}
			headings = append(headings, heading)
			texts[heading] = ""
		case heading != "" && i > 0 && lines[i-1] != ".TP":
			texts[heading] += plain(line) + " "
		}
	}
	return headings, texts
}

// section returns what is below a section's heading.
func section(page, name string) string {
	_, rest, _ := strings.Cut(page, "\n.SH "+name+"\n")
	text, _, _ := strings.Cut(rest, "\n.SH ")
	return text + "\n"
}

// The pages have the sections that one looks for, apropos finds them, and their examples are
// calls with options that exist.
func TestManSections(t *testing.T) {
	t.Parallel()
	tools := optionsOfTools(t)
	for name, page := range manPages(t) {
		sections := []string{"NAME", "DESCRIPTION", "EXAMPLES", "SEE ALSO"}
		tool, isTool := strings.CutSuffix(name, ".1")
		if isTool {
			sections = append(sections, "SYNOPSIS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "SIGNALS")
		}
		for _, s := range sections {
			if len(section(page, s)) < 10 {
				t.Errorf("%s has no section %s", name, s)
			}
		}
		about := section(page, "NAME")
		if base := name[:strings.LastIndexByte(name, '.')]; !strings.HasPrefix(about, base+` \- `) || !strings.Contains(about, "cluster") ||
			strings.Count(about, "\n") != 1 {
			t.Errorf("%s: NAME is %q: apropos cluster does not find it", name, about)
		}
		for other, options := range tools {
			calls := manExamples(section(page, "EXAMPLES"), other)
			checkExamples(t, other, options, calls)
			if isTool && other == tool && len(calls) < 10 {
				t.Errorf("%s has %d examples", name, len(calls))
			}
		}
	}
}

// manExamples returns the calls of a tool among examples.
func manExamples(examples, tool string) []string {
	text := strings.NewReplacer(`\-`, "-", `\(aq`, "'", `\(ti`, "~", "\\e\n", "").Replace(examples)
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return !strings.HasPrefix(line, tool+" ") })
}

// The table of combinations is the one that sink is tested against.
func TestManCombinations(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(section(manPages(t)["clsh.1"], "COMBINATIONS"), ".EX\n")
	table, _, _ = strings.Cut(table, ".EE\n")
	_, want, _ := strings.Cut(sink.Combinations, "\n")
	if got := strings.ReplaceAll(table, `\-`, "-"); got != want {
		t.Errorf("the table is\n%swant\n%s", got, want)
	}
}

// The pages are correct for the formatters that are here, and fit 80 columns.
func TestManFormat(t *testing.T) {
	t.Parallel()
	for name := range manPages(t) {
		path := filepath.Join("packaging", "man", name)
		for _, words := range [][]string{
			{"groff", "-man", "-ww", "-Tutf8", "-rLL=80n", "-P-bcou", path},
			{"mandoc", "-Tlint", "-Wwarning", path},
		} {
			if _, err := exec.LookPath(words[0]); err != nil {
				t.Logf("%s is not installed", words[0])
				continue
			}
			var out, problems bytes.Buffer
			cmd := exec.Command(words[0], words[1:]...)
			cmd.Stdout, cmd.Stderr = &out, &problems
			if err := cmd.Run(); err != nil || problems.Len() > 0 {
				t.Errorf("%q: %v\n%s%s", words, err, problems.String(), out.String())
				continue
			}
			for line := range strings.Lines(out.String()) {
				if width := len([]rune(strings.TrimRight(line, "\n"))); width > 80 {
					t.Errorf("%s: %d columns: %s", name, width, line)
				}
			}
		}
	}
}

// clsh-record(5) has every field that docs/record.md has.
func TestManRecord(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/record.md")
	if err != nil {
		t.Fatal(err)
	}
	page, fields := manPages(t)["clsh-record.5"], 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.HasPrefix(cells[2], " ---") {
			continue
		}
		for i, field := range strings.Split(cells[2], "`") {
			if i%2 == 0 {
				continue
			}
			fields++
			if !strings.Contains(page, `\fB`+field+`\fR`) {
				t.Errorf("clsh-record.5 has no field %s", field)
			}
		}
	}
	if fields < 15 {
		t.Errorf("docs/record.md has %d fields", fields)
	}
}
