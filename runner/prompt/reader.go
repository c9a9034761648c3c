package prompt

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"clsh/runner/remote"
)

// errAgain says that the line was given up: ^C.
var errAgain = errors.New("line given up")

// tooLong says that a command has a size that no shell takes.
func tooLong(size int) string {
	return fmt.Sprintf("a line of %d bytes: at most %d bytes fit into a command\n  hint: put it into a file on the hosts", size, remote.MaxCommand)
}

// A lineReader shows the prompt and reads a line.
type lineReader interface {
	// ReadLine returns io.EOF at the end, errAgain where the line was given
	// up.
	ReadLine() (string, error)
	Close() error
}

// prompt is the Python clsh's; morePrompt asks for the rest of a line.
const (
	prompt     = "clsh> "
	morePrompt = "> "
)

// plainReader is for input that is no terminal. As with the Python clsh, what is read
// is not shown.
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
	if own := ownError(""); errors.As(err, &own) {
		return "", err
	}
	if err != nil && line == "" {
		_, writeErr := io.WriteString(r.out, "\n")
		return "", errors.Join(writeErr, err)
	}
	return strings.TrimSuffix(line, "\n"), nil
}

// read reads a line, and keeps no more of it than a command may hold.
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
			return "", ownError(tooLong(size))
		}
		return string(line), err
	}
}

// Close has nothing to give back.
func (r *plainReader) Close() error { return nil }
