package prompt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Only the last results are kept, a file that is there is not overwritten by
// itself, and what is not whole says so.
func TestResults(t *testing.T) {
	dir := t.TempDir()
	r := &results{dir: dir}
	path := filepath.Join(t.TempDir(), "saved")
	wantSaved := func(force bool, want, failure string) {
		t.Helper()
		err := r.save(path, force)
		if (err == nil) != (failure == "") || err != nil && !strings.Contains(err.Error(), failure) {
			t.Errorf("save: %v, want %q", err, failure)
		}
		text, err := os.ReadFile(path)
		if err != nil || string(text) != want {
			t.Errorf("saved %.40q (%v), want %.40q", text, err, want)
		}
	}
	wantSaved(false, "", "")
	r.add([]byte("a longer result\n"))
	r.reset()
	r.add([]byte("one\n"))
	r.add([]byte("two\n"))
	wantSaved(false, "", "is there already; :save! writes over it")
	wantSaved(true, "one\ntwo\n", "")
	r.add(make([]byte, maxResults))
	wantSaved(true, "one\ntwo\n", "is not whole")
	r.reset()
	r.add([]byte("three\n"))
	wantSaved(true, "three\n", "")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in the directory: %v %v", left, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	r = &results{dir: filepath.Join(dir, "none")}
	r.add([]byte("x"))
	wantSaved(true, "", "is not whole")
}
