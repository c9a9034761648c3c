package input

import (
	"errors"
	"fmt"

	"clsh/runner/remote"
)

// ErrGivenUp is the error of ReadLine where the user gave the line up (^C).
var ErrGivenUp = errors.New("line given up")

// TooLong is the error for a line of so many bytes, more than a command may have
// (remote.MaxCommand).
type TooLong int

func (size TooLong) Error() string {
	return fmt.Sprintf("a line of %d bytes: at most %d bytes fit into a command\n  hint: put it into a file on the hosts", int(size), remote.MaxCommand)
}

// A lineReader shows the prompt and reads a line. It is an editor or a plainReader.
type lineReader interface {
	// ReadLine returns what Input.ReadLine does.
	ReadLine() (string, error)
	Close() error
}

// prompt is the Python clsh's; morePrompt asks for the rest of a line.
const (
	prompt     = "clsh> "
	morePrompt = "> "
)
