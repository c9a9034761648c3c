package conn

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"clsh/hosts"
	"clsh/runner/remote"
)

// A host that is added later has the defaults of the others, and an ssh that reads
// its configuration meanwhile reads all of one.
func TestDefaultsGrow(t *testing.T) {
	w := defaultsFiles{dir: t.TempDir(), defaults: remote.Defaults{User: "ubuntu"}, list: hosts.List{{Name: "a", Addr: "a"}}}
	path, err := w.path(0)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w.grow(hosts.List{{Name: "a", Addr: "a"}, {Name: "b", Addr: "b"}})
	path, err = w.path(1)
	if host := w.host(1); err != nil || host.Name != "b" {
		t.Fatalf("the second host is %q: %v", host.Name, err)
	}
	before, readErr := io.ReadAll(file)
	after, err := os.ReadFile(path)
	if err = errors.Join(readErr, err); err != nil {
		t.Fatal(err)
	}
	for text, names := range map[string]string{string(before): "a", string(after): "a,b"} {
		if want := "Match originalhost \"" + names + "\"\n  User \"ubuntu\"\n"; !strings.Contains(text, want) {
			t.Errorf("%q holds no %q", text, want)
		}
	}
}
