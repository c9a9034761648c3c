package hosts

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// untrustedError says why a file that nobody named is not used.
type untrustedError struct{ reason string }

func (e *untrustedError) Error() string { return e.reason }

func untrusted(format string, args ...any) error {
	return &untrustedError{fmt.Sprintf(format, args...)}
}

// Trusted returns nil where path may be used without having been named: a
// regular file that belongs to uid or to root and that nobody else may
// write. A directory that others write in could hold anybody's file, so a
// symbolic link has to belong to one of the two as well. The error says what
// is in the way and how to clear it.
func Trusted(path string, uid int) error {
	link, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if link.Mode()&fs.ModeSymlink != 0 {
		if err := checkOwner(link, path, uid); err != nil {
			return err
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return checkTrustedInfo(info, path, uid)
}

// checkTrustedInfo is Trusted for a file that is open already.
func checkTrustedInfo(info fs.FileInfo, path string, uid int) error {
	if !info.Mode().IsRegular() {
		return untrusted("%s is not used: it is no regular file", path)
	}
	if err := checkOwner(info, path, uid); err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return untrusted("%s is not used: others may write it (mode %04o); chmod go-w %s", path, mode, path)
	}
	return nil
}

func checkOwner(info fs.FileInfo, path string, uid int) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return untrusted("%s is not used: its owner is not known", path)
	}
	if owner := int(stat.Uid); owner != uid && owner != 0 {
		return untrusted("%s is not used: it belongs to another user (uid %d)", path, owner)
	}
	return nil
}
