package copying

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"clsh/runner/files"
)

// An entry is a file, a directory or a symbolic link that is copied.
type entry struct {
	source string // its path here
	name   string // its last name there
	place  int    // the number of the directory that it is in; of a directory, see number
	number int    // of a directory: that of its place
	info   fs.FileInfo
	target string // of a link

	// Of a file, once it is packed:
	sha         string
	crc         uint32
	offset, end int64 // its part of the archive, unless it is placed
	placed      bool
	extents     []extent // if it is placed
}

// A walker collects the entries below the named paths, in an order in which a directory comes before
// what is in it, and the files of one directory are together.
type walker struct {
	places  int // how many numbers are given away
	entries []*entry
	notes   []string // what is left out
}

// named adds what a target names. A symbolic link that is named is followed, as cp and scp do.
func (w *walker) named(t target, place int) error {
	info, err := os.Stat(t.source)
	if err != nil {
		return fmt.Errorf("--copy %q: %w", t.source, files.Bare(err))
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return fmt.Errorf("--copy %q: is %s, and only files and directories are copied", t.source, typeName(info.Mode()))
	}
	e := &entry{source: t.source, name: t.name, place: place, info: info}
	return w.add(e, len(t.dir)+1+len(t.name))
}

// add adds e, whose path on the hosts has so many bytes, and what is in it.
func (w *walker) add(e *entry, length int) error {
	if length > maxPath {
		return fmt.Errorf("--copy %q: its path on a host would have %d bytes; %d are the most", e.source, length, maxPath)
	}
	w.checkAttributes(e)
	w.entries = append(w.entries, e)
	if !e.info.IsDir() {
		return nil
	}
	e.number = w.places
	w.places++
	list, err := os.ReadDir(e.source)
	if err != nil {
		return fmt.Errorf("--copy: read directory %q: %w", e.source, files.Bare(err))
	}
	var dirs []*entry
	for _, d := range list {
		child := &entry{source: filepath.Join(e.source, d.Name()), name: d.Name(), place: e.number}
		if child.info, err = d.Info(); err != nil {
			return fmt.Errorf("--copy %q: %w", child.source, files.Bare(err))
		}
		switch mode := child.info.Mode(); {
		case mode.IsDir():
			dirs = append(dirs, child)
			continue
		case mode&fs.ModeSymlink != 0:
			if child.target, err = os.Readlink(child.source); err != nil {
				return fmt.Errorf("--copy %q: %w", child.source, files.Bare(err))
			}
		case !mode.IsRegular():
			w.notes = append(w.notes, fmt.Sprintf("left out: %q (%s)", child.source, typeName(mode)))
			continue
		}
		if err := w.add(child, length+1+len(child.name)); err != nil {
			return err
		}
	}
	for _, child := range dirs {
		if err := w.add(child, length+1+len(child.name)); err != nil {
			return err
		}
	}
	return nil
}

// checkAttributes notes what of e is not copied.
func (w *walker) checkAttributes(e *entry) {
	mode := e.info.Mode()
	if mode&fs.ModeSymlink != 0 {
		return
	}
	if mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 && !mode.IsDir() {
		w.notes = append(w.notes, fmt.Sprintf("left out: setuid and setgid of %q", e.source))
	}
	buf := make([]byte, 4096)
	n, err := unix.Listxattr(e.source, buf)
	if err != nil || n == 0 {
		return // there are none, or this file system has none
	}
	names := strings.Split(string(buf[:n]), "\x00")
	for _, name := range names[:len(names)-1] { // each ends with a NUL
		switch name {
		case "security.selinux", "com.apple.provenance": // the host's own rules set these
		default:
			w.notes = append(w.notes, fmt.Sprintf("left out: attribute %s of %q", name, e.source))
		}
	}
}

// typeName returns the words for a type of file that is not copied.
func typeName(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "no regular file"
}
