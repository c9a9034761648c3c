package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// How large things may be: beyond these, a reader no longer finds in a name what is in it.
const (
	mostPackageLines = 2500 // without tests, scripts of the package included
	mostFileLines    = 350
	mostFields       = 20
)

// outputOptions has the options of the section "Output" in clsh(1), and may not grow either.
const outputOptions, mostOutputOptions = "runner/sink/config.go: Config", 33

// TestBounds fails where a package, a file or a struct has grown too large. The language of hosts is
// one thing, and has more to it; a command line has as many fields as options.
func TestBounds(t *testing.T) {
	t.Parallel()
	packages := map[string]int{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && file != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		dir := filepath.ToSlash(filepath.Dir(file))
		isGo := strings.HasSuffix(file, ".go")
		if !isGo && (!strings.HasSuffix(file, ".sh") || !strings.HasPrefix(dir, "runner/")) {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		lines := strings.Count(string(text), "\n")
		if !strings.HasSuffix(file, "_test.go") {
			packages[dir] += lines
		}
		for _, fault := range checkFile(file, text) {
			t.Error(fault)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 50 {
		t.Errorf("only %d packages are checked", len(packages))
	}
	for dir, lines := range packages {
		if lines > mostPackageLines && dir != "hosts" {
			t.Errorf("%s has %d lines, at most %d are allowed: which part of it has a name of its own?", dir, lines, mostPackageLines)
		}
	}
}

// checkFile returns what is too large in a file.
func checkFile(name string, text []byte) (faults []string) {
	if lines := strings.Count(string(text), "\n"); lines > mostFileLines {
		faults = append(faults, fmt.Sprintf("%s has %d lines, at most %d are allowed", name, lines, mostFileLines))
	}
	if path.Ext(name) != ".go" {
		return faults
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return append(faults, err.Error())
	}
	ast.Inspect(syntax, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok {
			return true
		}
		which, most := name+": "+spec.Name.Name, mostFields
		if filepath.ToSlash(which) == outputOptions {
			most = mostOutputOptions
		}
		if s, ok := spec.Type.(*ast.StructType); ok && !isCommandLine(s) && s.Fields.NumFields() > most {
			faults = append(faults, fmt.Sprintf("%s has %d fields, at most %d are allowed", which, s.Fields.NumFields(), most))
		}
		return true
	})
	return faults
}

// isCommandLine reports whether kong reads the struct.
func isCommandLine(s *ast.StructType) bool {
	for _, field := range s.Fields.List {
		if field.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(field.Tag.Value)
		if err == nil && reflect.StructTag(tag).Get("help") != "" {
			return true
		}
	}
	return false
}

// The rules themselves tell right from wrong.
func TestCheckFile(t *testing.T) {
	t.Parallel()
	fields := func(n int, tag string) string {
		return "package p\n\ntype T struct {\n\tA " + tag + "\n" + strings.Repeat("\tB, C int\n", n/2) + "}\n"
	}
	for _, test := range []struct {
		name, text string
		faults     int
	}{
		{"a.go", "package p\n", 0},
		{"a.go", "package p\n" + strings.Repeat("\n", mostFileLines-1), 0},
		{"a.go", "package p\n" + strings.Repeat("\n", mostFileLines), 1},
		{"a.sh", strings.Repeat("\n", mostFileLines+1), 1},
		{"a.go", fields(mostFields-2, "int"), 0},
		{"a.go", fields(mostFields, "int"), 1},
		{"a.go", fields(mostFields, "int `help:\"Print.\"`"), 0},
		{"a.go", fields(mostFields, "int `json:\"a\"`"), 1},
		{"a.go", "no Go", 1},
	} {
		if faults := checkFile(test.name, []byte(test.text)); len(faults) != test.faults {
			t.Errorf("%.60q: %q, want %d", test.text, faults, test.faults)
		}
	}
}
