package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// largestCircle is how many files of a package may refer to each other in a circle. Two are
// a pair that is read together; a reader of more finds no file to begin with.
const largestCircle = 2

// TestCircles fails where more than largestCircle files of a package refer to each other in a
// circle. A method belongs to the file that declares it, a field to that of its struct.
//
// To break a circle, move a function to the file that it serves, or a type that several
// files share to a file of its own.
func TestCircles(t *testing.T) {
	t.Parallel()
	packages := loadPackages(t, "./runner/...", "./heat/...")
	if len(packages) < 25 {
		t.Errorf("only %d packages are checked", len(packages))
	}
	for _, p := range packages {
		for _, circle := range circlesOf(p.references) {
			if len(circle) > largestCircle {
				t.Errorf("%s: %d files refer to each other in a circle, %d are allowed: %s%s",
					p.path, len(circle), largestCircle, strings.Join(circle, ", "), p.within(circle))
			}
		}
	}
}

// A checkedPackage is a package of this module.
type checkedPackage struct {
	path string
	// references has the names that a file uses of another, by both files' names.
	references map[string]map[string][]string
}

// within lists the references between the files of a circle.
func (p *checkedPackage) within(circle []string) string {
	var b strings.Builder
	for _, from := range circle {
		for _, to := range circle {
			if names := p.references[from][to]; len(names) > 0 {
				fmt.Fprintf(&b, "\n\t%s -> %s: %s", from, to, strings.Join(names, ", "))
			}
		}
	}
	return b.String()
}

// circlesOf returns the strongly connected components of a graph, each sorted.
func circlesOf[V any](edges map[string]map[string]V) [][]string {
	reached := map[string]map[string]bool{}
	for from := range edges {
		reached[from] = map[string]bool{}
		for next := []string{from}; len(next) > 0; {
			for to := range edges[next[0]] {
				if !reached[from][to] {
					reached[from][to] = true
					next = append(next, to)
				}
			}
			next = next[1:]
		}
	}
	var circles [][]string
	seen := map[string]bool{}
	for _, from := range slices.Sorted(maps.Keys(edges)) {
		if seen[from] {
			continue
		}
		circle := []string{from}
		for to := range reached[from] {
			if to != from && reached[to][from] {
				circle = append(circle, to)
				seen[to] = true
			}
		}
		slices.Sort(circle)
		circles = append(circles, circle)
	}
	return circles
}

func TestCirclesOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ edges, want string }{
		{"", ""},
		{"a>b", "a b"}, // no circle
		{"a>b b>a", "ab"},
		{"a>a", "a"},
		{"a>b b>c c>a", "abc"},
		{"a>b b>c c>b c>d", "a bc d"},
		{"a>b b>a b>c c>b", "abc"}, // by way of one that both know
		{"a>b b>a c>d d>c a>c", "ab cd"},
		{"a>b b>c c>d d>b e>a", "a bcd e"},
	} {
		edges := map[string]map[string]bool{}
		for _, edge := range strings.Fields(test.edges) {
			from, to, _ := strings.Cut(edge, ">")
			for _, file := range []string{from, to} {
				if edges[file] == nil {
					edges[file] = map[string]bool{}
				}
			}
			edges[from][to] = true
		}
		var got []string
		for _, circle := range circlesOf(edges) {
			got = append(got, strings.Join(circle, ""))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %s", test.edges, got, test.want)
		}
	}
}

// listedPackage is what `go list -json` prints of a package.
type listedPackage struct {
	ImportPath, Dir   string
	GoFiles           []string
	ImportMap         map[string]string
	Standard, DepOnly bool
}

// loadPackages returns the packages that match patterns, without their tests. It checks
// types from source, and of the packages that they import only the declarations: nothing has
// to be built.
func loadPackages(t *testing.T, patterns ...string) []*checkedPackage {
	t.Helper()
	args := append([]string{"list", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap,Standard,DepOnly"}, patterns...)
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux") // Go source alone, the same everywhere
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	fset, done := token.NewFileSet(), map[string]*types.Package{"unsafe": types.Unsafe}
	var packages []*checkedPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; { // dependencies come first
		var listed listedPackage
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		if listed.ImportPath == "unsafe" {
			continue
		}
		info, err := listed.check(fset, done)
		if listed.DepOnly {
			continue // what this module does not need of it may be wrong
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, &checkedPackage{path: listed.ImportPath, references: references(fset, done[listed.ImportPath], info)})
	}
}

// check checks the package and adds it to done, which has what it imports.
func (l *listedPackage) check(fset *token.FileSet, done map[string]*types.Package) (*types.Info, error) {
	var files []*ast.File
	for _, name := range l.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	var errs []error
	config := types.Config{
		IgnoreFuncBodies: l.DepOnly,
		Sizes:            types.SizesFor("gc", runtime.GOARCH),
		Error:            func(err error) { errs = append(errs, err) },
		Importer: importerFunc(func(path string) (*types.Package, error) {
			if mapped, ok := l.ImportMap[path]; ok {
				path = mapped
			}
			if done[path] == nil {
				return nil, fmt.Errorf("%s is not among the dependencies", path)
			}
			return done[path], nil
		}),
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	done[l.ImportPath], _ = config.Check(l.ImportPath, fset, files, info)
	return info, errors.Join(errs...)
}

// importerFunc is a types.Importer.
type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// references returns the names that each file of a package uses of each other one.
func references(fset *token.FileSet, pkg *types.Package, info *types.Info) map[string]map[string][]string {
	fileOf := func(pos token.Pos) string { return filepath.Base(fset.Position(pos).Filename) }
	all := map[string]map[string][]string{}
	for ident, object := range info.Uses {
		if object.Pkg() != pkg || !object.Pos().IsValid() {
			continue
		}
		from, to := fileOf(ident.Pos()), fileOf(object.Pos())
		for _, file := range []string{from, to} {
			if all[file] == nil {
				all[file] = map[string][]string{}
			}
		}
		if from != to && !slices.Contains(all[from][to], object.Name()) {
			all[from][to] = append(all[from][to], object.Name())
		}
	}
	for _, uses := range all {
		for _, names := range uses {
			slices.Sort(names)
		}
	}
	return all
}
