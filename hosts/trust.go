package hosts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"clsh/runner/files"
)

// untrustedError is the reason not to use a file that the user has not named.
type untrustedError struct {
	reason string
	hint   string // may be empty
}

func (e *untrustedError) Error() string {
	if e.hint == "" {
		return e.reason
	}
	return e.reason + "\nhint: " + e.hint
}

// Trusted returns nil if the file at path may be used although the user has not named it, as with a
// default name in the current directory. It must be a regular file that belongs to uid or to root
// and that nobody else may write. A symbolic link must belong to uid or to root, too: others may
// have put it into a directory that they can write. The error does not name the file.
func Trusted(path string, uid int) error {
	info, err := trustedInfo(path, uid)
	if err != nil {
		return err
	}
	return checkTrustedInfo(info, path, uid)
}

// trustedInfo returns what path leads to. Where that is a link, it checks whose the link is.
func trustedInfo(path string, uid int) (fs.FileInfo, error) {
	link, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if link.Mode()&fs.ModeSymlink == 0 {
		return link, nil
	}
	if err := checkOwner(link, uid); err != nil {
		return nil, err
	}
	return os.Stat(path)
}

// OpenTrusted opens the file at path for reading if it is Trusted. The file that it returns is
// the one that was checked, also where somebody replaces it meanwhile. The error does not name it.
func OpenTrusted(path string, uid int) (*os.File, error) {
	if err := Trusted(path, uid); err != nil {
		return nil, bareError(err)
	}
	f, err := files.Open(path, files.Regular)
	if err != nil {
		return nil, bareError(err)
	}
	info, err := f.Stat()
	if err == nil {
		err = checkTrustedInfo(info, path, uid)
	}
	if err != nil {
		return nil, errors.Join(bareError(err), f.Close())
	}
	return f, nil
}

// bareError takes the operation and the path off an error.
func bareError(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// checkTrustedInfo is Trusted for the info of an open file.
func checkTrustedInfo(info fs.FileInfo, path string, uid int) error {
	if !info.Mode().IsRegular() {
		return &untrustedError{reason: "not a regular file"}
	}
	return checkWriters(info, path, uid)
}

// checkWriters returns an error if path belongs to others than uid and root, or others may write it.
func checkWriters(info fs.FileInfo, path string, uid int) error {
	if err := checkOwner(info, uid); err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return &untrustedError{fmt.Sprintf("others may write it (mode %04o)", mode), "run chmod go-w " + path}
	}
	return nil
}

func checkOwner(info fs.FileInfo, uid int) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return &untrustedError{reason: "unknown owner"}
	}
	if owner := int(stat.Uid); owner != uid && owner != 0 {
		return &untrustedError{reason: fmt.Sprintf("it belongs to another user (uid %d)", owner)}
	}
	return nil
}
