package heat

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

func TestFullDiskAndVanishedDirectory(t *testing.T) {
	t.Parallel()
	sshtest.NeedFile(t, "/dev/full")
	r := start(t, t.TempDir(), "-i", "0.05", "--log", "/dev/full", "echo wrong >&2; exit 1")
	eventually(t, "checks go on", func() bool { return r.out.lines("Failed: Exit Code 1, details in /dev/full") > 5 })
	if r.err.lines("write log: ") != 1 || !strings.Contains(r.err.String(), "no space left on device") {
		t.Errorf("standard error: %s", r.err)
	}

	dir := t.TempDir()
	logs := filepath.Join(dir, "logs")
	if err := os.Mkdir(logs, 0o755); err != nil {
		t.Fatal(err)
	}
	r = start(t, dir, "-i", "0.05", "--log", "logs/heat.log", "echo wrong >&2; exit 1")
	eventually(t, "the log is written", func() bool { return strings.Contains(r.file("logs/heat.log"), ": wrong\n") })
	// At once: heat would write into a directory that is being emptied.
	if err := errors.Join(os.Rename(logs, logs+".gone"), os.RemoveAll(logs+".gone")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "standard error names it", func() bool { return r.err.lines("write log: ") == 1 })
	n := r.out.lines("Failed")
	eventually(t, "checks go on", func() bool { return r.out.lines("Failed") > n+5 })
	if r.err.lines("write log: ") != 1 {
		t.Errorf("standard error: %s", r.err)
	}
	if err := os.Mkdir(logs, 0o755); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the log is back", func() bool { return strings.Contains(r.file("logs/heat.log"), ": wrong\n") })
}
