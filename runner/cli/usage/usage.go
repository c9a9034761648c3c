// Package usage has the errors of a call that is wrong, and of one that a signal ends before anything
// ran, and names for others.
package usage

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"clsh/runner/sink"
)

// An Error is what is wrong with a call: nothing has run, exit status 2.
type Error struct{ error }

func (e Error) Unwrap() error { return e.error }

// Errorf returns an Error.
func Errorf(format string, args ...any) error { return Error{fmt.Errorf(format, args...)} }

// Interrupted says that a signal came before anything ran.
type Interrupted struct{ Signal syscall.Signal }

func (e *Interrupted) Error() string { return e.Signal.String() }

// Written gives an error of writing standard output its name.
func Written(err error) error {
	switch {
	case errors.Is(err, syscall.EPIPE):
		return sink.ErrReaderGone
	case err != nil:
		return fmt.Errorf("write standard output: %w", err)
	}
	return nil
}

// Write writes text to standard output.
func Write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return Written(err)
}
