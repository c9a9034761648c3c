package copying

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTargets(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		paths, dest string
		want        string // DIR NAME of each; "+" for a directory that is made
		problem     string
	}{
		{"/etc/hosts", "", "/etc hosts", ""},
		{"/etc/ssh/", "", "/etc ssh", ""},
		{"a", "", "", "must be absolute"},
		{"a", "/x", "/ x", ""},
		{"a", "x", ". x", ""},
		{"a", "/x/y", "/x y", ""},
		{"a b/c", "/x/", "/x+ a, /x+ c", ""},
		{"a", "/", "/+ a", ""},
		{".", "/x/", "/x+ " + filepath.Base(here), ""},
		{"/", "/x", "/ x", ""},
		{"/", "/x/", "", "the root directory has no name"},
		{"a b", "/x", "", "2 paths need a directory"},
		{"a", "/x/..", "/", ""},
		{"a", "..", "", "names no file"},
		{"a", ".", "", "names no file"},
		{"a b/a", "x/", "", "would become x/a, too"},
		{"a", "~/x", "~ x", ""},
	} {
		list, err := targets(strings.Fields(test.paths), test.dest)
		var got []string
		for _, target := range list {
			made := ""
			if target.inside {
				made = "+"
			}
			got = append(got, target.dir+made+" "+target.name)
		}
		switch {
		case test.problem != "":
			if err == nil || !strings.Contains(err.Error(), test.problem) {
				t.Errorf("%s to %q: %v, want %q", test.paths, test.dest, err, test.problem)
			}
		case test.dest == "/x/..": // path.Clean makes / of it, which has no name
			if err != nil && !strings.Contains(err.Error(), "names no file") {
				t.Errorf("%s to %q: %v", test.paths, test.dest, err)
			}
		case err != nil || strings.Join(got, ", ") != test.want:
			t.Errorf("%s to %q: %q, %v; want %q", test.paths, test.dest, got, err, test.want)
		}
	}
}
