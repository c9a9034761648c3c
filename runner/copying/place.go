package copying

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"clsh/runner/files"
)

// place moves what is below dir in root, which has come whole, to the same names in root. It reports
// whether anything has changed. A directory is merged; a file never replaces a directory, nor the
// reverse: that is found out before the first change.
func place(root *os.Root, dir string) (changed bool, err error) {
	staged, err := root.OpenRoot(dir)
	if err != nil {
		return false, err
	}
	defer staged.Close()
	for _, move := range []bool{false, true} {
		err := fs.WalkDir(staged.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || name == "." {
				return err
			}
			if !move {
				return fits(root, name, entry.IsDir())
			}
			done, err := moveOne(root, path.Join(dir, name), name, entry)
			changed = changed || done
			if err == nil && done && entry.IsDir() {
				return fs.SkipDir
			}
			return err
		})
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// fits refuses a file for a directory, and the reverse.
func fits(root *os.Root, name string, isDir bool) error {
	there, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case isDir && !there.IsDir():
		return fmt.Errorf("%s: is not a directory here, and a directory never replaces a file", name)
	case !isDir && there.IsDir():
		return fmt.Errorf("%s: is a directory here, and a file never replaces one", name)
	}
	return nil
}

// moveOne renames one file, or a directory that is not there, and reports whether it has.
func moveOne(root *os.Root, from, to string, entry fs.DirEntry) (bool, error) {
	_, err := root.Lstat(to)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !missing:
		return false, err
	case !missing && entry.IsDir():
		return false, nil // it is merged
	case !missing && sameFile(root, from, to):
		return false, nil
	}
	if missing && entry.IsDir() {
		if err := readable(root, from); err != nil {
			return false, err
		}
	}
	return true, root.Rename(from, to)
}

// readable gives directories the mode that new ones have here.
func readable(root *os.Root, dir string) error {
	return fs.WalkDir(root.FS(), dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			return root.Chmod(name, 0o755)
		}
		return err
	})
}

// sameFile reports whether two files have the same content, or two links the same target.
func sameFile(root *os.Root, a, b string) bool {
	x, err := root.Lstat(a)
	y, err2 := root.Lstat(b)
	if err != nil || err2 != nil || x.Mode().Type() != y.Mode().Type() || x.Size() != y.Size() {
		return false
	}
	if x.Mode()&fs.ModeSymlink != 0 {
		s, err := root.Readlink(a)
		t, err2 := root.Readlink(b)
		return err == nil && err2 == nil && s == t
	}
	return x.Mode().IsRegular() && sameContent(root, a, b)
}

func sameContent(root *os.Root, a, b string) bool {
	f, err := root.Open(a)
	if err != nil {
		return false
	}
	defer f.Close()
	g, err := root.Open(b)
	if err != nil {
		return false
	}
	defer g.Close()
	p, q := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(f, p)
		m, err2 := io.ReadFull(g, q)
		if !bytes.Equal(p[:n], q[:m]) {
			return false
		}
		if err != nil || err2 != nil {
			return isEnd(err) && isEnd(err2)
		}
	}
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// here says of an error of the system that it is this side's, and where.
func here(path string, err error) error {
	var link *os.LinkError
	if errors.As(err, &link) {
		err = &fs.PathError{Op: link.Op, Path: link.New, Err: link.Err}
	}
	if bare := files.Bare(err); bare != err { //nolint:errorlint // it is err or in it
		return fmt.Errorf("write to %q here: %w", path, bare)
	}
	return err
}
