package output

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReplaceFileIgnoresWhatIsPlanted lays traps under the file's name and
// under the fixed name that earlier versions used beside it.
func TestReplaceFileIgnoresWhatIsPlanted(t *testing.T) {
	plants := map[string]func(victim, name string) error{
		"symlink":  os.Symlink,
		"hardlink": os.Link,
		"fifo":     func(_, name string) error { return syscall.Mkfifo(name, 0o666) },
		"nothing":  func(string, string) error { return nil },
	}
	for kind, plant := range plants {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			victim, name := filepath.Join(dir, "victim"), filepath.Join(dir, "state")
			if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, at := range []string{name, filepath.Join(dir, ".state.new")} {
				if err := plant(victim, at); err != nil {
					t.Fatal(err)
				}
			}
			if err := replaceFile(name, []byte("new"), 0o640, true); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(victim); string(got) != "precious" {
				t.Errorf("victim holds %q", got)
			}
			info, err := os.Lstat(name)
			if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&^0o640 != 0 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
			if got, _ := os.ReadFile(name); string(got) != "new" {
				t.Errorf("file holds %q", got)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".state.?*.new")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

func TestReplaceFileRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"/dev/null", dir, filepath.Join(dir, "none", "state")} {
		if err := replaceFile(name, []byte("new"), 0o644, true); err == nil {
			t.Errorf("%s was replaced", name)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
