package interactive

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// Whatever lies where the history is kept, there is one note at most, the line that
// was typed runs, and a signal ends the session.
func TestHistoryPlaces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plant func(path string) error
		note  string // "": none
	}{
		"FIFO":          {func(path string) error { return syscall.Mkfifo(path, 0o600) }, `no history is kept: .*history is not a regular file`},
		"symbolic link": {func(path string) error { return os.Symlink("other", path) }, `no history is kept: .*history is a symbolic link`},
		"directory":     {func(path string) error { return os.Mkdir(path, 0o700) }, `no history is kept: .*history: is a directory`},
		"null device":   {func(path string) error { return os.Symlink(os.DevNull, path) }, ""},
		"hard link":     {func(path string) error { clshtest.Touch(t, path+".other"); return os.Link(path+".other", path) }, ""},
		"last line":     {func(path string) error { return os.WriteFile(path, []byte("no newline"), 0o600) }, ""},
		"full": {func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("x", historyLimit-1)), 0o600)
		}, `the history is not kept from here on: .*file too large`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			state := t.TempDir()
			path := filepath.Join(state, "clsh", "history")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := c.plant(path); err != nil {
				t.Fatal(err)
			}
			cmd := clshtest.Cmd(t, s, "-i", "-h", "a")
			if name == "full" {
				cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", fmt.Sprintf("ulimit -f %d; exec clsh -i -h a", historyLimit/512)}
			}
			p := clshtest.InteractiveCmd(t, cmd, state)
			p.Does("echo first")
			p.Does("echo second")
			p.Sees(`^a: first\r?$`, 1)
			p.Sees(`^a: second\r?$`, 1)
			if n := strings.Count(p.Out.String(), "Note:"); n > 1 || (n == 1) != (c.note != "") {
				t.Errorf("%d notes, want one for %q", n, c.note)
			}
			if c.note != "" {
				p.Sees(`Note: `+c.note, 1)
			}
			p.Signal(syscall.SIGINT)
			if code := p.Wait(); code != 130 {
				t.Errorf("exit status %d, want 130", code)
			}
			if name == "hard link" || name == "last line" {
				text, err := os.ReadFile(path)
				if err != nil || !strings.HasSuffix("\n"+string(text), "\necho first\necho second\n") {
					t.Errorf("the history holds %q, %v", text, err)
				}
			}
			s.WaitGone()
		})
	}
}

// historyLimit is how large a file may become where the history is full, a multiple
// of the unit of ulimit -f (POSIX: 512 bytes).
const historyLimit = 64 << 10

// :save! writes over a regular file only, refuses the rest by name, and the session
// goes on.
func TestSaveOver(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	dir := t.TempDir()
	fifo, read := filepath.Join(dir, "fifo"), filepath.Join(dir, "read")
	for _, path := range []string{fifo, read} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := os.OpenFile(read, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	p := clshtest.Interactive(t, s, "-h", "a")
	p.Does("echo result")
	for _, c := range []struct{ path, answer string }{
		{fifo, `.*fifo: a FIFO that nobody reads`}, {read, `.*read: a FIFO, not a regular file`},
		{"/dev/zero", `.*/dev/zero: a device, not a regular file`}, {dir, `.*: .*is a directory`},
	} {
		p.Types(":save! " + c.path + "\r")
		p.Sees(c.answer, 1)
		p.Does("echo after")
	}
	p.Types(":save! /dev/null\r")
	p.Types(":save! " + dir + "/file\r")
	p.Does("echo last")
	p.Sees(`^a: after\r?$`, 4)
	if text, err := os.ReadFile(dir + "/file"); err != nil || string(text) != "a: after\n" {
		t.Errorf("saved: %q, %v", text, err)
	}
	p.Signal(syscall.SIGTERM)
	if code := p.Wait(); code != 143 {
		t.Errorf("exit status %d, want 143", code)
	}
	s.WaitGone()
}
