package prompt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"clsh/runner/files"
	"clsh/runner/spool"
)

// maxResults is how much of a command's results is kept.
const maxResults = 64 << 20

// results are what the last command printed, in an unnamed file.
type results struct {
	dir string

	mu   sync.Mutex
	file *os.File
	size int64
	lost bool // some of it was not kept
}

// reset discards the results.
func (r *results) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.size = 0
	r.lost = r.file != nil && r.file.Truncate(0) != nil
}

// add keeps b. An error is reported by save.
func (r *results) add(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil && !r.lost {
		var err error
		r.file, err = spool.File(r.dir)
		r.lost = err != nil
	}
	r.lost = r.lost || r.size+int64(len(b)) > maxResults
	if r.lost {
		return
	}
	if _, err := r.file.WriteAt(b, r.size); err != nil {
		r.lost = true
		return
	}
	r.size += int64(len(b))
}

// save writes the results to a file; it overwrites one only if force is set.
func (r *results) save(path string, force bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out *os.File
	var err error
	if force {
		out, err = files.Create(path, files.Regular) // nobody would wake a write into a FIFO
	} else {
		out, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; :save! writes over it", path)
	} else if err != nil {
		return fmt.Errorf("save the results: %w", err)
	}
	if r.size > 0 {
		_, err = io.Copy(out, io.NewSectionReader(r.file, 0, r.size))
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("save the results in %s: %w", path, err)
	}
	if r.lost {
		return fmt.Errorf("%s is not whole: at most %d MiB of results are kept", path, maxResults>>20)
	}
	return nil
}

// Close closes the file.
func (r *results) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
