package heat

import (
	"errors"
	"fmt"
	"os"

	"clsh/heat/executable"
)

// Exit statuses of heat itself.
const (
	exitFailure = 1 // the Python heat's errors, and what cannot be started
	exitUsage   = 2
	exitGaveUp  = 3
	exitSignal  = 128 // + n
)

// The Python heat's own words.
const (
	msgBoth  = "Error: use either script or command"
	msgNoPid = "올바른 PID를 입력해주세요"
)

// exitError is an error with the exit status that it means. The text of a bare one is printed
// without the program's name.
type exitError struct {
	code int
	bare bool
	text string
	// cause, not empty, follows a bare text on a line of its own.
	cause string
}

func (e *exitError) Error() string {
	if e.cause != "" {
		return e.text + "\n" + e.cause
	}
	return e.text
}

// usageErrorf returns the error of a wrong call.
func usageErrorf(format string, args ...any) error {
	return &exitError{code: exitUsage, text: fmt.Sprintf(format, args...)}
}

// compatErrorf returns an error with one of the Python heat's lines, and the cause in English.
func compatErrorf(text, format string, args ...any) error {
	return &exitError{code: exitFailure, bare: true, text: text, cause: fmt.Sprintf(format, args...)}
}

// notExecutable returns err, with the Python heat's line if it is about a script or hook that cannot
// run.
func notExecutable(err error) error {
	if e, ok := errors.AsType[*executable.Error](err); ok {
		return compatErrorf(fmt.Sprintf("Failed: %s not executable", e.File), "%v", e)
	}
	return err
}

// openError is the error of a process of --pid that cannot be held.
func openError(pid int, err error) error {
	switch {
	case errors.Is(err, os.ErrProcessDone):
		return compatErrorf(msgNoPid, "--pid %d: no such process", pid)
	case errors.Is(err, os.ErrPermission):
		return usageErrorf("--pid %d: not allowed to signal it: %v", pid, err)
	default:
		return err
	}
}
