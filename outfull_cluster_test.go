//go:build cluster && linux

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
)

// A full disk under --out DIR/ ends the run with an error that names the file, and
// nothing goes on. The disk is a small one of our own, which wants root.
func TestOutDirectoryFull(t *testing.T) {
	s := sshtest.New(t)
	dir := filepath.Join(t.TempDir(), "out")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Fatalf("mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount it: %v", err)
		}
	})
	c := start(t, s, "--out", dir+"/", "-h", "a,b", "yes")
	c.want(1)
	c.wantError("clsh: write " + regexp.QuoteMeta(dir) + `/[ab]\.out: no space left`)
	s.WaitGone()
}
