package sink

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/event"
	"clsh/runner/sshtest"
)

func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	for range 2 {
		s, stdout, stderr := newSink(t, Config{Names: []string{"a", "b"}, Out: path, Err: path})
		must(t, s, start(0), start(1), out(0, "x\n"), errOut(0, "y"))
		finish(t, s, ends(2)...)
		equal(t, "standard output", stdout.String()+stderr.String(), "")
	}
	equal(t, "file", read(t, path), "a: x\na: y\nb:\na: x\na: y\nb:\n")
}

// A silent host's line goes where standard output goes; a host that has
// written to one of its streams is not silent.
func TestSilentBesideFiles(t *testing.T) {
	dir := t.TempDir()
	s, stdout, stderr := newSink(t, Config{Names: []string{"a", "b"}, Out: filepath.Join(dir, "out")})
	must(t, s, start(0), start(1), errOut(0, "y\n"))
	finish(t, s, ends(2)...)
	equal(t, "standard output", stdout.String(), "")
	equal(t, "standard error", stderr.String(), "a: y\n")
	equal(t, "file", read(t, filepath.Join(dir, "out")), "b:\n")
}

func TestDirectories(t *testing.T) {
	dir := t.TempDir()
	names := []string{"a:22", "user@h", "fe80::1%eth0", "silent", "unstarted"}
	for _, old := range []string{"a:22.out", "silent.out", "unstarted.out"} {
		write(t, filepath.Join(dir, old), "old\n")
	}
	s, stdout, stderr := newSink(t, Config{Names: names, Out: dir, Err: filepath.Join(dir, "deeper", "errs") + "/"})
	must(t, s, start(0), start(1), start(2), start(3),
		out(0, "raw\x00\r"), out(1, "x\n"), out(0, "\xff"), errOut(2, "e"))
	finish(t, s, exited(0), exited(0), exited(0), exited(0), event.Result{Outcome: event.NotStarted})
	equal(t, "standard output", stdout.String(), "")
	equal(t, "standard error", stderr.String(), "ok: a:22,user@h,fe80::1%eth0,silent (4)\nnot started: unstarted\ntime: median 0.000s, slowest 0.000s (silent)\n")
	for file, want := range map[string]string{
		"a:22.out": "raw\x00\r\xff", "user@h.out": "x\n", "fe80::1%eth0.out": "", "silent.out": "", "unstarted.out": "old\n",
		"deeper/errs/fe80::1%eth0.err": "e", "deeper/errs/a:22.err": "",
	} {
		equal(t, file, read(t, filepath.Join(dir, file)), want)
	}
}

// More hosts at once than files may be open: they are reopened, and not
// emptied again.
func TestDirectoryReopens(t *testing.T) {
	dir := t.TempDir()
	names := make([]string, 2*maxOpen)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i)
	}
	s, _, _ := newSink(t, Config{Names: names, Out: dir})
	for i := range names {
		must(t, s, start(i))
	}
	for range 3 {
		for i := range names {
			must(t, s, out(i, names[i]))
		}
	}
	finish(t, s, ends(len(names))...)
	for _, name := range names {
		equal(t, name, read(t, filepath.Join(dir, name+".out")), strings.Repeat(name, 3))
	}
}

// What others may have put in a host's place is not written to.
func TestPlantedFiles(t *testing.T) {
	for _, kind := range []string{"symbolic link", "link within", "dangling link", "hard link", "FIFO", "directory"} {
		t.Run(kind, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			victim := filepath.Join(filepath.Dir(dir), "victim")
			planted := filepath.Join(dir, "a.out")
			write(t, victim, "precious")
			err := os.Mkdir(dir, 0o777)
			switch kind {
			case "symbolic link":
				err = errors.Join(err, os.Symlink(victim, planted))
			case "link within":
				victim = filepath.Join(dir, "b.out")
				write(t, victim, "precious")
				err = errors.Join(err, os.Symlink("b.out", planted))
			case "dangling link":
				err = errors.Join(err, os.Symlink(filepath.Join(dir, "new"), planted))
			case "hard link":
				err = errors.Join(err, os.Link(victim, planted))
			case "FIFO":
				err = errors.Join(err, syscall.Mkfifo(planted, 0o666))
			case "directory":
				err = errors.Join(err, os.Mkdir(planted, 0o777))
			}
			if err != nil {
				t.Fatal(err)
			}
			s, _, _ := newSink(t, Config{Names: []string{"a"}, Out: dir})
			err = s.Event(start(0))
			if err == nil || !strings.Contains(err.Error(), planted) {
				t.Errorf("error %v does not name %s", err, planted)
			}
			finish(t, s, exited(0))
			equal(t, "victim", read(t, victim), "precious")
			if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
				t.Error("a file was made through the link")
			}
		})
	}
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"node1": "node1", "a:22": "a:22", "user@h": "user@h", "fe80::1%eth0": "fe80::1%eth0", "[::1]:22": "[::1]:22",
		"../x": "%2E./x", ".": "%2E", "-rf": "%2Drf", "a/b": "a%2Fb", "a%2Fb": "a%252Fb", "x\ny": "x%0Ay",
	} {
		want = strings.ReplaceAll(want, "%2E./", "%2E.%2F")
		equal(t, name, fileName(name), want)
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	sshtest.NeedFile(t, "/dev/full")
	s, _, _ := newSink(t, Config{Names: []string{"a", "b"}, Out: "/dev/full"})
	err := s.Event(out(0, "x\n"))
	if err == nil || !strings.Contains(err.Error(), "write /dev/full: no space left on device") {
		t.Errorf("error of a full disk: %v", err)
	}
	must(t, s, out(1, "ignored\n"))
	finish(t, s, ends(2)...)

	missing := filepath.Join(t.TempDir(), "missing", "x")
	_, err = New(Config{Names: []string{"a"}, Out: missing, Stdout: io.Discard, Stderr: io.Discard})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("--out %q: ", missing)) {
		t.Errorf("error of a path that is not there: %v", err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
