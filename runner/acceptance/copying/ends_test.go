package copying

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// copyPoints are the programs that stop a copy on the host at a point: a program of that name is
// before the real one, "$real", in PATH, and blocks once it has got there. The files are one block of
// six digits or more, the plan is less.
func copyPoints() map[string][2]string {
	const block = `: >"$AT"; exec sleep 300`
	return map[string][2]string{
		"plan":            {"dd", `case "$*" in bs=????" "*|bs=?????" "*) head -c 50; ` + block + `;; esac; exec "$real" "$@"`},
		"data":            {"dd", `case "$*" in bs=??????*" "count*) head -c 100000; ` + block + `;; esac; exec "$real" "$@"`},
		"between entries": {"dd", `case "$*" in bs=??????*" "count*) head -c 1536; ` + block + `;; esac; exec "$real" "$@"`},
		"between extents": {"dd", `case "$*" in *notrunc*) head -c 100000; ` + block + `;; esac; exec "$real" "$@"`},
		"compared":        {"sha256sum", `case $PWD in */.clsh.*) ;; *) ` + block + `;; esac; exec "$real" "$@"`},
		"before commit":   {"tar", `"$real" "$@"; ` + block},
		"after commit":    {"sha256sum", `case $PWD in */.clsh.*) ` + block + `;; esac; exec "$real" "$@"`},
		"rename":          {"mv", `case $1 in -f) ` + block + `;; esac; exec "$real" "$@"`},
		"between renames": {"mv", `case $1 in -f) "$real" "$@"; ` + block + `;; esac; exec "$real" "$@"`},
	}
}

// copyEnds are the ways in which a copy ends early.
func copyEnds() map[string]func(s *sshtest.Site, c *clshtest.Command) {
	return map[string]func(*sshtest.Site, *clshtest.Command){
		"INT":        func(_ *sshtest.Site, c *clshtest.Command) { c.Signal(syscall.SIGINT) },
		"TERM twice": func(_ *sshtest.Site, c *clshtest.Command) { c.SignalUntilEnd(syscall.SIGTERM) },
		"KILL":       func(_ *sshtest.Site, c *clshtest.Command) { c.Signal(syscall.SIGKILL) },
		"lost":       func(s *sshtest.Site, _ *clshtest.Command) { s.Kill("a") },
	}
}

// Wherever and however a copy is cut: under each name is the old file or the new one, and nothing of
// clsh's is left. On each change: every point with one end, on this machine without ssh or over a
// connection that is lost. With --full: every point, every end and every login shell.
func TestCopyEnds(t *testing.T) {
	t.Parallel()
	for i, point := range slices.Sorted(maps.Keys(copyPoints())) {
		for j, end := range slices.Sorted(maps.Keys(copyEnds())) {
			do := copyEnds()[end]
			if !sshtest.Full() && i%len(copyEnds()) != j {
				continue
			}
			if end != "lost" {
				t.Run(strings.Join([]string{"local", point, end}, "/"), func(t *testing.T) {
					t.Parallel()
					cutCopy(t, sshtest.New(t), "--via", "local", point, do)
				})
			}
			for _, shell := range clshtest.Shells() {
				if !sshtest.Full() && (shell != "bash" || end != "lost") {
					continue
				}
				t.Run(strings.Join([]string{shell, point, end}, "/"), func(t *testing.T) {
					t.Parallel()
					cutCopy(t, sshtest.New(t, sshtest.Shell(shell), sshtest.Path("bin")), "--retry", "0", point, do)
				})
			}
		}
	}
}

// aCopy is a directory with three files in three directories, and a host's older one.
type aCopy struct{ source, target, bin, at string }

// old and new content: the second file is more than a block, the third is placed.
func copyContents() (names []string, old, next map[string][]byte) {
	names = []string{"1/small", "2/large", "3/placed"}
	old = map[string][]byte{names[0]: []byte("old\n"), names[1]: bytes.Repeat([]byte("o"), 200_000), names[2]: bytes.Repeat([]byte("o"), 1<<20)}
	next = map[string][]byte{names[0]: bytes.Repeat([]byte("n"), 1000), names[1]: bytes.Repeat([]byte("new\n"), 75_000), names[2]: bytes.Repeat([]byte("new\n"), 300_000)}
	return names, old, next
}

func newCopy(t *testing.T, s *sshtest.Site, point string) aCopy {
	t.Helper()
	c := aCopy{source: filepath.Join(s.Dir, "tree"), target: filepath.Join(s.Home, "target"), bin: filepath.Join(s.Home, "bin"), at: filepath.Join(s.Home, "at")}
	_, old, next := copyContents()
	writeTree(t, c.source, next)
	writeTree(t, filepath.Join(c.target, "tree"), old)
	program := copyPoints()[point]
	path, err := exec.LookPath(program[0])
	if err != nil {
		t.Fatal(err)
	}
	text := "#!/bin/sh\nAT='" + c.at + "' real='" + path + "'\n" + program[1] + "\n"
	writeTree(t, c.bin, map[string][]byte{program[0]: []byte(text)})
	// The login's user writes there.
	if out, err := exec.Command("chmod", "-R", "a+rwX,a+x", s.Home).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return c
}

func writeTree(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// cutCopy starts a copy that stops at a point, and ends it there.
func cutCopy(t *testing.T, s *sshtest.Site, option, value, point string, end func(*sshtest.Site, *clshtest.Command)) {
	t.Helper()
	k := newCopy(t, s, point)
	cmd := clshtest.Cmd(t, s, option, value, "--kill-after", "5", "-h", "a", "--copy", k.source, "--dest", k.target+"/")
	cmd.Env = append(cmd.Env, "PATH="+k.bin+":"+os.Getenv("PATH")) // of a host without ssh
	c := clshtest.StartCmd(t, cmd)
	sshtest.WaitFor(t, "the copy is at "+point, func() bool {
		if _, err := os.Stat(k.at); err == nil {
			return true
		}
		select {
		case <-c.Done:
			t.Fatalf("the copy has ended before: %s", c.Errs)
		default:
		}
		return false
	})
	end(s, c)
	if code := c.Wait(); code == 0 {
		t.Error("exit status 0")
	}
	s.WaitGone()
	names, old, next := copyContents()
	for _, name := range names {
		got, err := os.ReadFile(filepath.Join(k.target, "tree", name))
		if err != nil || !bytes.Equal(got, old[name]) && !bytes.Equal(got, next[name]) {
			t.Errorf("%s holds %d bytes, %v", name, len(got), err)
		} else if bytes.Equal(got, next[name]) && point != "between renames" {
			t.Errorf("%s was replaced", name)
		}
	}
	noneLeft(t, s.Home)
}

// noneLeft fails the test where a copy has left something of its own below dir.
func noneLeft(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(path), ".clsh.") {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
