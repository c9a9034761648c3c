package output

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// replaceFile writes name so that a reader finds the old data or the new, never
// a part; with durable, so does the next boot after a crash. Others may be able to write its directory:
// the file beside it has a random name and must be new, so that a symbolic
// link, hard link or FIFO planted there is never opened. What is planted under
// name itself is replaced, not followed. A device or a directory is refused.
//
// The name of the file beside it begins with a dot, which Prometheus' text file
// collector does not read.
func replaceFile(name string, data []byte, mode os.FileMode, durable bool) error {
	if info, err := os.Lstat(name); err == nil && info.Mode()&(os.ModeDevice|os.ModeDir) != 0 {
		return fmt.Errorf("replace %s: not a regular file", name)
	}
	dir, base := filepath.Split(name)
	if dir == "" {
		dir = "."
	}
	dirfd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open directory %s: %w", dir, err)
	}
	defer unix.Close(dirfd)
	tmp := "." + base + "." + rand.Text()[:12] + ".new"
	if err := writeNew(dirfd, tmp, data, mode, durable); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Join(dir, tmp), err)
	}
	if err := unix.Renameat(dirfd, tmp, dirfd, base); err != nil {
		_ = unix.Unlinkat(dirfd, tmp, 0)
		return fmt.Errorf("replace %s: %w", name, err)
	}
	if !durable {
		return nil
	}
	// Without this a crash may bring the old name back. Some file systems
	// cannot sync a directory (EINVAL).
	if err := unix.Fsync(dirfd); err != nil && err != unix.EINVAL {
		return fmt.Errorf("sync directory %s: %w", dir, err)
	}
	return nil
}

// writeNew creates the file name in the directory dirfd, and syncs it where it
// is to be durable. On an error nothing of it is left.
func writeNew(dirfd int, name string, data []byte, mode os.FileMode, durable bool) (err error) {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Openat(dirfd, name, flags, uint32(mode.Perm()))
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), name)
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			_ = unix.Unlinkat(dirfd, name, 0)
		}
	}()
	if err := checkOwn(fd, mode); err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if !durable {
		return nil
	}
	return f.Sync()
}

// checkOwn reports an error unless fd is a regular file of this user with one
// name and no more permissions than mode.
func checkOwn(fd int, mode os.FileMode) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink != 1:
		return fmt.Errorf("not a new regular file")
	case int(st.Uid) != os.Geteuid():
		return fmt.Errorf("new file belongs to user %d, not to %d", st.Uid, os.Geteuid())
	case os.FileMode(st.Mode&0o777)&^mode.Perm() != 0:
		return fmt.Errorf("new file has mode %#o, wanted at most %#o", st.Mode&0o777, mode.Perm())
	}
	return nil
}
