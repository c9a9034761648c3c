package shell

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// errAgain says that the line was given up: ^C.
var errAgain = errors.New("line given up")

// A lineReader shows the prompt and reads a line.
type lineReader interface {
	// ReadLine returns io.EOF at the end, errAgain where the line was given
	// up.
	ReadLine() (string, error)
	Close() error
}

// prompt is the original's.
const prompt = "clsh> "

// plainReader is for input that is no terminal. What is read is shown, so that
// the output is what a terminal would show.
type plainReader struct {
	in   *bufio.Reader
	out  io.Writer
	echo bool
}

// ReadLine reads a line; the last one may lack its newline.
func (r *plainReader) ReadLine() (string, error) {
	if _, err := io.WriteString(r.out, prompt); err != nil {
		return "", err
	}
	line, err := r.in.ReadString('\n')
	if err != nil && line == "" {
		_, writeErr := io.WriteString(r.out, "\n")
		return "", errors.Join(writeErr, err)
	}
	line = strings.TrimSuffix(line, "\n")
	if r.echo {
		_, err = io.WriteString(r.out, line+"\n")
		return line, err
	}
	return line, nil
}

// Close has nothing to give back.
func (r *plainReader) Close() error { return nil }
