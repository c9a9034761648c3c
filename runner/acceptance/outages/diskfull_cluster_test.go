//go:build cluster && linux

package outages

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A full disk under --out DIR/ ends the run with an error that names the file, and
// nothing goes on. The disk is a small one of our own, which wants root.
func TestOutDirectoryFull(t *testing.T) {
	s := sshtest.New(t)
	dir := smallDisk(t)
	c := clshtest.Start(t, s, "--out", dir+"/", "-h", "a,b", "yes")
	c.Want(1)
	c.WantError("clsh: write " + regexp.QuoteMeta(dir) + `/[ab]\.out: no space left`)
	s.WaitGone()
}

// A full disk under TMPDIR is reported before anything runs, by however little it is
// too full for what clsh keeps there.
func TestTempDirFull(t *testing.T) {
	s := sshtest.New(t)
	page := os.Getpagesize()
	for free := range 3 {
		dir := smallDisk(t)
		if err := os.WriteFile(filepath.Join(dir, "rest"), make([]byte, smallDiskSize-free*page), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := clshtest.Cmd(t, s, "-h", "a,b", "echo ran")
		cmd.Env = append(cmd.Env, "TMPDIR="+dir)
		c := clshtest.StartCmd(t, cmd)
		if free == 2 { // pages: the wishes and the sweeper's table
			c.Want(0, "a: ran", "b: ran")
		} else {
			c.Want(1)
			c.WantError("clsh: write .*: no space left on device", "hint: set TMPDIR")
			c.WantNoError("lost", "goroutine")
		}
		if left, err := filepath.Glob(filepath.Join(dir, "clsh-*")); err != nil || left != nil {
			t.Errorf("left in TMPDIR: %q, %v", left, err)
		}
	}
	s.WaitGone()
}

// An input that TMPDIR has no room for reaches no command as if it were whole.
func TestStdinTempDirFull(t *testing.T) {
	s := sshtest.New(t)
	file := filepath.Join(s.Home, "file")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := clshtest.Cmd(t, s, "--stdin", "-h", "a", "cat >"+file+".new && mv "+file+".new "+file)
	cmd.Env = append(cmd.Env, "TMPDIR="+smallDisk(t))
	cmd.Stdin = bytes.NewReader(make([]byte, 8<<20))
	c := clshtest.StartCmd(t, cmd)
	c.Want(1)
	c.WantError("clsh: keep the standard input for later hosts: write .*: no space left on device")
	if got, err := os.ReadFile(file); err != nil || string(got) != "old" {
		t.Errorf("the file holds %d bytes, %v", len(got), err)
	}
	s.WaitGone()
}

// smallDiskSize is in bytes.
const smallDiskSize = 256 << 10

// smallDisk mounts one that is used for nothing else.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", smallDiskSize)); err != nil {
		t.Fatalf("mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount it: %v", err)
		}
	})
	return dir
}

// A full disk ends the record, with one note, and not the run.
func TestRecordDiskFull(t *testing.T) {
	s := sshtest.New(t)
	page := os.Getpagesize()
	for free := range 4 { // pages: one for each of the directories, and for the record
		dir := smallDisk(t)
		if err := os.WriteFile(filepath.Join(dir, "rest"), make([]byte, smallDiskSize-free*page), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := clshtest.Cmd(t, s, "--record", "all", "-h", "a,b", "seq 2000 >&2; echo ran")
		cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+dir)
		c := clshtest.StartCmd(t, cmd)
		c.Want(0, "a: ran", "b: ran")
		if n := strings.Count(c.Errs.String(), "Note: "); n != 1 {
			t.Errorf("%d free pages: %d notes", free, n)
		}
		c.WantError("Note: no (whole )?record of this run: .*no space left on device")
	}
	s.WaitGone()
}
