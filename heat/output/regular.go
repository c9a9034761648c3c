package output

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// ErrNotRegular reports a file that is not a regular one.
var ErrNotRegular = errors.New("not a regular file")

// OpenRegular opens a file for reading. It does not wait for the writer of a FIFO, and refuses with
// ErrNotRegular what is not a regular file, because it might never end.
func OpenRegular(name string) (*os.File, error) { return openRegular(name, os.O_RDONLY) }

func openRegular(name string, flag int) (*os.File, error) {
	f, err := os.OpenFile(name, flag|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0o644)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: ErrNotRegular}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
