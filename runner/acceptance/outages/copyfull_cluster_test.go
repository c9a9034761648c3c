//go:build cluster && linux

package outages

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A target that takes no more, because the disk is full, the quota used up, or the file system
// read-only, keeps what it has, and gets nothing of ours; so does a directory here that copies come to.
func TestCopyNoRoom(t *testing.T) {
	places := map[string]func(*testing.T) string{"disk": fullDisk, "read-only": readOnly}
	if os.Getenv("CLSH_TEST_GROUND_PART") == "" {
		places["quota"] = usedQuota
	}
	reasons := map[string]string{"disk": "[Nn]o space left on device", "read-only": "[Rr]ead-only file system", "quota": "[Dd]isk quota exceeded"}
	for place, make := range places {
		for size, bytesOf := range map[string]int{"archive": 100_000, "placed": 3 << 20} {
			t.Run(place+"/"+size, func(t *testing.T) {
				s := sshtest.New(t)
				target := make(t)
				source := filepath.Join(s.Home, "file")
				if err := os.WriteFile(source, bytes.Repeat([]byte("n"), bytesOf), 0o600); err != nil {
					t.Fatal(err)
				}
				c := clshtest.Start(t, s, "-h", "a", "--copy", source, "--dest", target+"/")
				c.Want(1)
				c.WantError("a: clsh: .*"+reasons[place]+": nothing was changed", "exit 1: a")
				old(t, target)
				c = clshtest.Start(t, s, "-h", "a", "--rcopy", source, "--dest", target+"/")
				if code := c.Wait(); code != 1 {
					t.Errorf("exit status %d of --rcopy, want 1", code)
				}
				c.WantError(`a: clsh: write to "` + target + `/a.*" here: ` + reasons[place])
				c.WantNoError("Terminated")
				old(t, target)
				s.WaitGone()
			})
		}
	}
}

// theOld is what a target has before.
const theOld = "what was there before\n"

// old checks that a target has what it had, and, but for a host's directory, nothing else.
func old(t *testing.T, dir string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, "file"))
	if err != nil || string(got) != theOld {
		t.Errorf("the file holds %d bytes, %v", len(got), err)
	}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && (strings.HasPrefix(entry.Name(), ".clsh.") || filepath.Dir(path) == filepath.Join(dir, "a")) {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func writeOld(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte(theOld), 0o600); err != nil {
		t.Fatal(err)
	}
}

func fullDisk(t *testing.T) string {
	t.Helper()
	dir := smallDisk(t)
	writeOld(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "rest"), make([]byte, smallDiskSize-10*os.Getpagesize()), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func readOnly(t *testing.T) string {
	t.Helper()
	dir := smallDisk(t)
	writeOld(t, dir)
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	return dir
}

// usedQuota makes a directory that may hold no more, by a quota of btrfs, which holds for root, too.
func usedQuota(t *testing.T) string {
	t.Helper()
	image, mounted := filepath.Join(t.TempDir(), "image"), t.TempDir()
	dir := filepath.Join(mounted, "limited")
	script := `set -e
		truncate -s 256M "$1"
		mkfs.btrfs -q "$1" >/dev/null
		mount -o loop "$1" "$2"
		btrfs quota enable "$2"
		btrfs subvolume create "$3" >/dev/null
		btrfs qgroup limit 2M "$3"
		echo "$4" >"$3/file"
		sync
		head -c 3M /dev/urandom >"$3/rest" 2>/dev/null || :`
	if out, err := exec.Command("sh", "-c", script, "sh", image, mounted, dir, strings.TrimSpace(theOld)).CombinedOutput(); err != nil {
		t.Fatalf("make a quota: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(mounted, 0); err != nil {
			t.Errorf("unmount it: %v", err)
		}
	})
	return dir
}
