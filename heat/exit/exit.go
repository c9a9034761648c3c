// Package exit has heat's exit statuses, and the errors that mean one.
package exit

import (
	"errors"
	"fmt"

	"clsh/heat/executable"
)

// Exit statuses of heat itself.
const (
	Failure = 1 // the Python heat's errors, and what cannot be started
	Usage   = 2
	GaveUp  = 3
	Signal  = 128 // + n
)

// The Python heat's own words.
const (
	MsgBoth  = "Error: use either script or command"
	MsgNoPid = "올바른 PID를 입력해주세요"
)

// An Error is an error with the exit status that it means. The text of a bare one is printed
// without the program's name.
type Error struct {
	Code int
	Bare bool
	Text string
	// Cause, not empty, follows a bare text on a line of its own.
	Cause string
}

func (e *Error) Error() string {
	if e.Cause != "" {
		return e.Text + "\n" + e.Cause
	}
	return e.Text
}

// Usagef returns the error of a wrong call.
func Usagef(format string, args ...any) error {
	return &Error{Code: Usage, Text: fmt.Sprintf(format, args...)}
}

// Compatf returns an error with one of the Python heat's lines, and the cause in English.
func Compatf(text, format string, args ...any) error {
	return &Error{Code: Failure, Bare: true, Text: text, Cause: fmt.Sprintf(format, args...)}
}

// NotExecutable returns err, with the Python heat's line if it is about a script or hook that cannot
// run.
func NotExecutable(err error) error {
	if e, ok := errors.AsType[*executable.Error](err); ok {
		return Compatf(fmt.Sprintf("Failed: %s not executable", e.File), "%v", e)
	}
	return err
}
