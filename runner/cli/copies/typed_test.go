package copies

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A line is split as a shell does, and what would need a shell is refused.
func TestSplit(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		`a b`:                 {"a", "b"},
		"  a\t b  ":           {"a", "b"},
		`'a b' "c d" e\ f`:    {"a b", "c d", "e f"},
		`a'b'"c"\d`:           {"abcd"},
		`''`:                  {""},
		`"a\b\"\$\\"`:         {`a\b"$\`},
		`'a\b$;'`:             {`a\b$;`},
		"\xff\xfe \\\xff":     {"\xff\xfe", "\xff"},
		`a\;b`:                {"a;b"},
		`a;b`:                 nil,
		`$HOME`:               nil,
		`"$HOME"`:             nil,
		"`a`":                 nil,
		`a >b`:                nil,
		`'a`:                  nil,
		`a\`:                  nil,
		"new\\\nline":         {"new\nline"},
		`--chmod=600 -- ./-x`: {"--chmod=600", "--", "./-x"},
	} {
		words, err := split(line)
		var got []string
		for _, w := range words {
			got = append(got, w.text)
		}
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: %q (%v), want %q", line, got, err, want)
		}
	}
}

// Of a path here, a ~ and a pattern mean what they mean in a shell, unless they are quoted, or a file
// has that name.
func TestLocalPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a1", "a2", "[x]", "x"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	home := func(path string) string { return strings.Replace(path, "~/", dir+"/", 1) }
	for line, want := range map[string][]string{
		"~/a*":   {dir + "/a1", dir + "/a2"},
		"~/a?":   {dir + "/a1", dir + "/a2"},
		"~/[x]":  {dir + "/[x]"},
		"~/[ab]": {dir + "/[ab]"},
		"'~/a*'": {"~/a*"},
		`\~/a1`:  {"~/a1"},
		"~/'a*'": {dir + "/a*"},
		"x~/a1":  {"x~/a1"},
	} {
		words, err := split(line)
		if err != nil || len(words) != 1 {
			t.Errorf("%s: %v, %v", line, words, err)
			continue
		}
		if got := words[0].local(home); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// The last of several words is where the files go; options may be anywhere.
func TestTypedWords(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"a":               "a -> ./",
		"a b":             "a -> b",
		"a b c/":          "a b -> c/",
		"--chmod 600 a b": "a -> b",
		"a b --chmod 600": "a -> b",
		"a b --dest c/":   "a b -> c/",
		"--dest=c/ a":     "a -> c/",
		"":                "missing PATH",
		"--preserve":      "missing PATH",
		"a -- uptime":     "--: takes no command",
		"a --chown":       "--chown: missing value",
		"a -x":            "-x: unknown option",
		"a 'b":            "not complete",
		"a | b":           "is for a shell",
	} {
		var o Options
		words, err := o.typed(line)
		got := ""
		for _, w := range words {
			got += w.text + " "
		}
		if got += "-> " + o.Dest; err != nil {
			got = err.Error()
		}
		if got != want && (err == nil || !strings.Contains(got, want)) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// What is wrong is said with the words of the session.
func TestTypedErrors(t *testing.T) {
	t.Parallel()
	home := func(path string) string { return path }
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for line, want := range map[string]string{
		dir + "/nothing":             `:put "` + dir + `/nothing": no such file or directory`,
		dir + "/a " + dir + "/b c":   ":put: \"c\": 2 paths need a directory\nhint: type c/",
		dir + "/a --chmod x":         ":put: --chmod \"x\": is not a mode of three octal digits\nhint: --chmod 644",
		dir + "/a --max-size 5":      ":put: --max-size: needs :get",
		dir + "/a --limit-rate fast": `:put: --limit-rate "fast": is not a size`,
		dir + "/a --diff":            ":put: --diff: shows how files differ with --check",
	} {
		plan, _, err := Put(line, dir, home)
		if plan != nil {
			_ = plan.Close()
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf(":put %s: %v, want %q", line, err, want)
		}
	}
	for line, want := range map[string]string{
		"..":                ":get \"..\": names no file",
		"a --chmod 600":     ":get: --chmod: needs :put",
		"x/a y/a z":         ":get \"y/a\": another path has the name a, too",
		"a " + dir + "/a/b": ":get: \"" + dir + "/a/b\": not a directory",
	} {
		fetch, err := Get(line, []string{"h"}, home)
		if fetch != nil {
			_ = fetch.Release()
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf(":get %s: %v, want %q", line, err, want)
		}
	}
}
