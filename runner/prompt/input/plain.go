package input

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"clsh/runner/remote"
)

// plainReader reads lines where there is no terminal. Like the Python clsh, it does not
// echo them.
type plainReader struct {
	in  *bufio.Reader
	out io.Writer
}

// ReadLine reads a line; the last one may lack its newline.
func (r *plainReader) ReadLine() (string, error) {
	if _, err := io.WriteString(r.out, prompt); err != nil {
		return "", err
	}
	line, err := r.read()
	if errors.As(err, new(TooLong)) {
		return "", err
	}
	if err != nil && line == "" {
		_, writeErr := io.WriteString(r.out, "\n")
		return "", errors.Join(writeErr, err)
	}
	return strings.TrimSuffix(line, "\n"), nil
}

// read reads a line, and keeps at most as much of it as a command may hold.
func (r *plainReader) read() (string, error) {
	var line []byte
	for size := 0; ; {
		part, err := r.in.ReadSlice('\n')
		if size += len(part); size <= remote.MaxCommand+1 {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case size > remote.MaxCommand+1:
			return "", TooLong(size)
		}
		return string(line), err
	}
}

// Close does nothing.
func (r *plainReader) Close() error { return nil }
