package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers are the packages in their order; each may import only those of the
// layers below its own, and heat's branch and clsh's meet only in main.
func layers() map[string][]string {
	return map[string][]string{
		"clsh":                {"clsh/runner/clsh", "clsh/heat"},
		"clsh/runner/clsh":    {"clsh/runner/shell", "clsh/runner/sink", "clsh/runner", "clsh/hosts"},
		"clsh/runner/shell":   {"clsh/runner/sink", "clsh/runner", "clsh/runner/remote", "clsh/hosts"},
		"clsh/runner/sink":    {"clsh/runner", "clsh/hosts"},
		"clsh/runner":         {"clsh/runner/remote", "clsh/runner/proc", "clsh/hosts"},
		"clsh/runner/remote":  {"clsh/hosts"},
		"clsh/runner/proc":    {},
		"clsh/hosts":          {},
		"clsh/heat":           {"clsh/runner/proc"},
		"clsh/runner/sshtest": {},
	}
}

// TestImports fails where an arrow between packages turns round, where kong
// is imported by others than main, and where sshtest gets into the program.
// Packages within a package of the table (clsh/heat/log) stand where it does,
// and may import it or be imported by it.
func TestImports(t *testing.T) {
	t.Parallel()
	allowed := layers()
	found := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && file != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "tools" || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		from := packageOf(allowed, path.Join("clsh", filepath.ToSlash(filepath.Dir(file))))
		if from == "" {
			t.Errorf("%s belongs to no package of the design", file)
			return nil
		}
		found[from] = true
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range syntax.Imports {
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if why := forbidden(allowed, from, target, strings.HasSuffix(file, "_test.go")); why != "" {
				t.Errorf("%s imports %s: %s", file, target, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range allowed {
		if !found[name] {
			t.Logf("%s does not exist", name)
		}
	}
}

// packageOf returns the package of the table that name is or is within, or
// ""; only main itself is main.
func packageOf(allowed map[string][]string, name string) string {
	if name == "clsh" {
		return name
	}
	for ; name != "clsh" && name != "."; name = path.Dir(name) {
		if _, ok := allowed[name]; ok {
			return name
		}
	}
	return ""
}

// forbidden returns why from may not import target, or "".
func forbidden(allowed map[string][]string, from, target string, test bool) string {
	switch {
	case strings.HasPrefix(target, "github.com/alecthomas/kong"):
		if from != "clsh" && !test {
			return "only main parses command lines"
		}
		return ""
	case target != "clsh" && !strings.HasPrefix(target, "clsh/"):
		return ""
	case target == "clsh/runner/sshtest":
		if !test {
			return "it is for tests"
		}
		return ""
	}
	to := packageOf(allowed, target)
	if to == from || slices.Contains(allowed[from], to) {
		return ""
	}
	return "the arrow between them points the other way, or there is none"
}

// The rule itself tells right from wrong.
func TestForbidden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from, target string
		test, ok     bool
	}{
		{"clsh", "clsh/heat", false, true},
		{"clsh/heat", "clsh/runner/proc", false, true},
		{"clsh/heat", "clsh/heat/log", false, true},
		{"clsh/heat", "clsh/runner", false, false},
		{"clsh/heat", "clsh/hosts", false, false},
		{"clsh/runner", "clsh/runner/sink", false, false},
		{"clsh/hosts", "clsh/runner", false, false},
		{"clsh/runner/proc", "clsh/runner", false, false},
		{"clsh/runner", "clsh/runner/sshtest", false, false},
		{"clsh/runner", "clsh/runner/sshtest", true, true},
		{"clsh/runner/clsh", "github.com/alecthomas/kong", false, false},
		{"clsh", "github.com/alecthomas/kong", false, true},
		{"clsh/runner/sink", "fmt", false, true},
		{"clsh/runner/clsh", "clsh/utils", false, false},
	}
	for _, test := range tests {
		if why := forbidden(layers(), test.from, test.target, test.test); (why == "") != test.ok {
			t.Errorf("%s -> %s (test: %v): %q", test.from, test.target, test.test, why)
		}
	}
}
