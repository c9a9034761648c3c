package executable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Shell runs files that have no magic number of their own (execvp(3)).
const Shell = "/bin/sh"

// OrShell calls start with a file and its arguments, the program's name first. If it is one for the
// shell, which the kernel does not know how to run, it calls start again, with Shell.
func OrShell(path string, args []string, start func(path string, args []string) error) error {
	err := start(path, args)
	if errors.Is(err, syscall.ENOEXEC) && isText(path) {
		return start(Shell, append([]string{Shell, path}, args[1:]...))
	}
	return err
}

// ExitCode returns the exit code that a shell has for a program that could not be started because
// of err: 127 if it or its interpreter does not exist, 126 otherwise.
func ExitCode(err error) int {
	if errors.Is(err, fs.ErrNotExist) {
		return 127
	}
	return 126
}

// Path returns a file's name as a path, so that it is not looked up in $PATH.
func Path(file string) string {
	if strings.ContainsRune(file, '/') {
		return file
	}
	return "./" + file
}

// An Error is a file that cannot be run.
type Error struct {
	File   string // as the user wrote it
	Reason string // may have a hint on a second line
}

func (e *Error) Error() string { return e.File + ": " + e.Reason }

// NewError returns the Error for a file and what the system or Inspect says about it.
func NewError(file string, err error) *Error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	if path, ok := errors.AsType[*exec.Error](err); ok {
		err = path.Err
	}
	return &Error{file, strings.TrimPrefix(err.Error(), file+": ")} // Inspect names the file
}

// Check returns an *Error if this process cannot run the file.
func Check(file string) error {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return NewError(file, err)
	case info.IsDir():
		return &Error{file, "is a directory"}
	case info.Mode().Perm()&0o111 == 0:
		return modeError(info, file)
	}
	if err := Inspect(Path(file)); err != nil {
		return NewError(file, err)
	}
	if unix.Access(file, unix.X_OK) != nil {
		return modeError(info, file)
	}
	return nil
}

func modeError(info fs.FileInfo, file string) error {
	return &Error{file, fmt.Sprintf("its mode is %v\nhint: chmod +x %s", info.Mode().Perm(), file)}
}
