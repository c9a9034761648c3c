package sink

import (
	"fmt"
	"os"

	"clsh/runner/files"
)

// A lateFile is a file for --out or --err, which is opened, and made, at the first byte at the latest.
type lateFile struct {
	option, path string
	file         *os.File // nil: not yet
}

// open opens the file to append to it, so that both options may name one file.
func (l *lateFile) open() error {
	f, err := files.Append(l.path, files.Stream)
	if err != nil {
		return fmt.Errorf("%s %q: %w", l.option, l.path, files.Bare(err))
	}
	l.file = f
	return nil
}

// Write opens the file if necessary, and appends to it.
func (l *lateFile) Write(b []byte) (int, error) {
	if l.file == nil {
		if err := l.open(); err != nil {
			return 0, err
		}
	}
	return l.file.Write(b)
}

// Close closes the file if it is open.
func (l *lateFile) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
