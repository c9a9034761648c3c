package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// The manual pages are written by hand, but for their options, which are those
// of the program: `CLSH_TEST_UPDATE=1 go test -run TestManPages .` writes them.
func TestManPages(t *testing.T) {
	t.Parallel()
	for name, options := range optionsOfTools(t) {
		path := filepath.Join("packaging", "man", name+".1")
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		const begin, end = ".\\\" The options: written by TestManPages\n", ".\\\" The end of the options\n"
		before, rest, ok := strings.Cut(string(page), begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no place for the options", path)
		}
		want := before + begin + manOptions(options) + end + after
		switch {
		case string(page) == want:
		case os.Getenv("CLSH_TEST_UPDATE") != "":
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("the options in %s are not the program's; CLSH_TEST_UPDATE=1 go test -run TestManPages . writes them", path)
		}
	}
}

// manOptions returns the options as man(7) has them, in the order and the
// groups of the help.
func manOptions(flags []*kong.Flag) string {
	var b strings.Builder
	var groups []string
	text := map[string]string{}
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		group := "Other"
		if f.Group != nil {
			group = f.Group.Title
		}
		if _, seen := text[group]; !seen {
			groups = append(groups, group)
		}
		text[group] += manOption(f)
	}
	for _, group := range groups {
		fmt.Fprintf(&b, ".SS %s\n%s", group, text[group])
	}
	return b.String()
}

func manOption(f *kong.Flag) string {
	var names []string
	if f.Short != 0 {
		names = append(names, "-"+string(f.Short))
	}
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		names = append(names, "--"+name)
	}
	for i, name := range names {
		names[i] = `\fB` + manText(name) + `\fR`
	}
	value := ""
	if !f.IsBool() {
		value = ` \fI` + manText(f.FormatPlaceHolder()) + `\fR`
	}
	return ".TP\n" + strings.Join(names, ", ") + value + "\n" + manText(f.Help) + "\n"
}

// manText escapes text (groff_man(7)): a minus is not a hyphen, and a line does
// not begin with a control character.
func manText(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
