package sink

import "os"

// A lateFile is a file for --out or --err that is opened, and made, at the first byte.
type lateFile struct {
	option, path string
	file         *os.File // nil: not yet
}

// Write opens the file if necessary, and appends to it.
func (l *lateFile) Write(b []byte) (int, error) {
	if l.file == nil {
		f, err := appendFile(l.option, l.path)
		if err != nil {
			return 0, err
		}
		l.file = f
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
