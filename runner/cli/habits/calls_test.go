package habits

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHosts(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"hosts.txt", "inventory", "a"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ lists, hosts, files, wrong string }{
		{"", "", "", ""},
		{"a b,c", "a b,c", "", ""},
		{"^list", "", "list", ""},
		{"- ^list", "", "- list", ""},
		{"^ ^a,b", "^ ^a,b", "", ""}, // no names of files
		{"hosts.txt", "", "", "hosts.txt is a file"},
		{"inventory", "", "", "inventory is a file"},
		{"./a", "", "", "./a is a file"},
		{"a none.txt", "a none.txt", "", ""},
		{"a ^list", "", "", "goes with no other hosts"},
		{"- a", "", "", "goes with no other hosts"},
	} {
		hosts, files, err := Hosts(strings.Fields(test.lists))
		if got := strings.Join(hosts, " "); got != test.hosts || strings.Join(files, " ") != test.files {
			t.Errorf("%q: hosts %q, files %q", test.lists, hosts, files)
		}
		if (err != nil) != (test.wrong != "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%q: %v, want %q", test.lists, err, test.wrong)
		}
	}
}

func TestSSHOptions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"A=1":              {"A=1"},
		"-oA=1 -oB=2":      {"A=1", "B=2"},
		"-o A=1 -o B=2":    {"A=1", "B=2"},
		"-oProxy=x -y -oB": {"Proxy=x -y", "B"},
		"A=1 -oB=2":        {"A=1 -oB=2"}, // a value
		"-p":               nil,
	} {
		got, err := SSHOptions([]string{text})
		if diff := cmp.Diff(want, got); diff != "" || (err != nil) != (want == nil) {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
	}
}

func TestExclusions(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"a":                  "a",
		"a,-b":               "a without b",
		"-b,a,-c":            "a without b c",
		"n[1-3,-2],-n[1,-2]": "n[1-3,-2] without n[1,-2]",
		"a,-":                "a,-",
		"-b":                 " without b",
		"a]b,-c":             "a]b,-c", // the brackets are wrong, which is not for here to say
	} {
		kept, excluded := Exclusions(list)
		got := kept
		if len(excluded) > 0 {
			got += " without " + strings.Join(excluded, " ")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}
