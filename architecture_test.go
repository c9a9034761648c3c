package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The walks of docs/architecture.md name files and functions that are there.
func TestArchitectureWalks(t *testing.T) {
	t.Parallel()
	var files []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && entry.Name() == ".git" {
			return filepath.SkipDir
		}
		files = append(files, "/"+filepath.ToSlash(path))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z_/]+\\.(?:go|sh))`(?:, `([A-Za-z]+)`)?")
	walked := 0
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		found := false
		for _, file := range files {
			found = found || strings.HasSuffix(file, "/"+m[1]) && defines(t, "."+file, m[2])
		}
		if walked++; !found {
			t.Errorf("there is no %s with %s", m[1], m[2])
		}
	}
	if walked < 40 {
		t.Errorf("%d files are named", walked)
	}
}

// defines reports whether a source file defines a function of that name; "" is defined
// everywhere.
func defines(t *testing.T, path, name string) bool {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return name == "" || regexp.MustCompile(`(?m)^(func (\([^)]*\) )?`+name+`\(|`+name+`\(\) \{)`).Match(source)
}
