package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"clsh/hosts"
	"clsh/runner/record"
)

// A Saved is a record that was found. The caller closes it.
type Saved struct {
	*record.Record
	Name    string // for messages: the four letters, or the path
	Running bool   // the run goes on
	file    *os.File
	written time.Time // when it was last written
}

// Close closes the record.
func (r *Saved) Close() error { return errors.Join(r.Record.Close(), r.file.Close()) }

// load opens a record of the store and reads what run it is of. It may have been compressed since
// the directory was read.
func (s *Store) load(f file) (*Saved, error) {
	open, running, err := s.open(f)
	if errors.Is(err, fs.ErrNotExist) && !f.zipped {
		open, running, err = s.open(file{f.id, true})
	}
	if err != nil {
		return nil, err
	}
	return newSaved(open, letters(f.id), running)
}

// newSaved reads which run an open record is of. It closes the file on an error.
func newSaved(open *os.File, name string, running bool) (*Saved, error) {
	info, err := open.Stat()
	if err != nil {
		return nil, errors.Join(err, open.Close())
	}
	rec, err := record.Read(open, "")
	if err != nil {
		return nil, errors.Join(err, open.Close())
	}
	saved := &Saved{Record: rec, Name: name, Running: running, file: open, written: info.ModTime()}
	if rec.Run == nil {
		return nil, errors.Join(errors.New("it does not say what was run\nhint: --record PATH writes a record that does; --json FILE does not"), saved.Close())
	}
	return saved, nil
}

// OpenFile opens the record at path, which must belong to uid or to root, and which nobody else may
// write: its command and its options are run.
func OpenFile(path string, uid int) (*Saved, error) {
	open, err := hosts.OpenTrusted(path, uid)
	if err != nil {
		return nil, fmt.Errorf("record %q: %w", path, err)
	}
	saved, err := newSaved(open, path, isLocked(open))
	if err != nil {
		return nil, fmt.Errorf("record %q: %w", path, err)
	}
	return saved, nil
}
