package sink

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"clsh/runner/event"
	"clsh/runner/files"
)

// maxOpen is how many of its files a dir keeps open between events.
const maxOpen = 128

// maxFileName is the longest file name that the usual file systems take, in bytes
// (NAME_MAX).
const maxFileName = 255

// dir writes a stream's bytes, as they are, to a file a host.
//
// Others may be able to make files in the directory (/tmp/run). The directory is
// therefore opened once, and its files relative to it (files.AppendIn).
type dir struct {
	path   string
	root   *os.File
	stream event.Stream
	files  []string // file names by rank
	open   map[int]*os.File
	order  []int // ranks in open, the one opened first at the front
	// late makes a host's file at its first byte. A name may then be that of several hosts.
	late   bool
	filled map[string]bool // with late: the files that have something of this run
}

// isDir reports whether path means a directory for --out and --err.
func isDir(path string) bool {
	if strings.HasSuffix(path, "/") {
		return true
	}
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

// newDir makes the directory at path where it is missing. The option is for
// errors, suffix for the file names.
func newDir(option, path, suffix string, stream event.Stream, names []string) (*dir, error) {
	fileNames := make([]string, len(names))
	for i, name := range names {
		if fileNames[i] = fileName(name) + suffix; len(fileNames[i]) > maxFileName {
			return nil, fmt.Errorf("%s %q: the file name %s has %d bytes, and %d is the most",
				option, path, fileNames[i], len(fileNames[i]), maxFileName)
		}
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, fmt.Errorf("%s %q: make the directory: %w", option, path, files.Bare(err))
	}
	root, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s %q: open the directory: %w", option, path, files.Bare(err))
	}
	return &dir{path: path, root: root, stream: stream, files: fileNames, open: map[int]*os.File{}, filled: map[string]bool{}}, nil
}

// Event empties a host's file when the host starts, or at its first byte, and adds to it.
func (d *dir) Event(e event.Event) error {
	switch {
	case e.Kind == event.Started && !d.late:
		_, err := d.file(e.Host, true)
		return err
	case e.Kind == event.Output && e.Stream == d.stream:
		f, err := d.file(e.Host, d.late && !d.filled[d.files[e.Host]])
		if err != nil {
			return err
		}
		if d.late {
			d.filled[d.files[e.Host]] = true
		}
		if _, err := f.Write(e.Data); err != nil {
			return writeError(f.Name(), err)
		}
	case e.Kind == event.Ended:
		return d.end(e.Host)
	}
	return nil
}

// file returns the host's file, opened, and emptied if so asked.
func (d *dir) file(host int, empty bool) (*os.File, error) {
	f := d.open[host]
	if f == nil {
		if len(d.order) >= maxOpen {
			if err := d.end(d.order[0]); err != nil {
				return nil, err
			}
		}
		var err error
		if f, err = files.AppendIn(d.root, d.files[host], filepath.Join(d.path, d.files[host])); err != nil {
			return nil, err
		}
		d.open[host] = f
		d.order = append(d.order, host)
	}
	if empty {
		if err := f.Truncate(0); err != nil {
			return nil, fmt.Errorf("empty %s: %w", f.Name(), files.Bare(err))
		}
	}
	return f, nil
}

// end closes the host's file.
func (d *dir) end(host int) error {
	f := d.open[host]
	if f == nil {
		return nil
	}
	delete(d.open, host)
	at := slices.Index(d.order, host)
	d.order = slices.Delete(d.order, at, at+1)
	if err := f.Close(); err != nil {
		return writeError(f.Name(), err)
	}
	return nil
}

// Close closes what is still open.
func (d *dir) Close(*event.Summary) error {
	var errs []error
	for len(d.order) > 0 {
		errs = append(errs, d.end(d.order[0]))
	}
	return errors.Join(append(errs, d.root.Close())...)
}

// fileName makes a file name of a host's name. A name is kept as it is but for
// what would lead out of the directory or be awkward in it: `/` and control
// characters, a dot or dash at the beginning. These are written %XX, and so is
// a percent sign that two hexadecimal digits follow: two names never make one
// file name.
func fileName(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '/' || c < ' ' || c == 0x7f || i == 0 && (c == '.' || c == '-') || c == '%' && hexPair(name[i+1:]) {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func hexPair(s string) bool {
	return len(s) >= 2 && isHex(s[0]) && isHex(s[1])
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
