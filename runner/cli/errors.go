package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"clsh/runner/sink"
)

// A usageError is what is wrong with a call: nothing has run, exit status 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// interruptedError says that a signal came before anything ran.
type interruptedError struct{ signal syscall.Signal }

func (e *interruptedError) Error() string { return e.signal.String() }

// errBlocked ends a run that was killed while its output was blocked.
var errBlocked = errors.New("killed while nobody read the output")

// written gives an error of writing standard output its name.
func written(err error) error {
	switch {
	case errors.Is(err, syscall.EPIPE):
		return sink.ErrReaderGone
	case err != nil:
		return fmt.Errorf("write standard output: %w", err)
	}
	return nil
}

func write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return written(err)
}

// bare takes the operation and the path off an error: the message names the option.
func bare(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
