package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// ErrReaderGone is the error of a sink whose output nobody reads any more: a
// pipe whose other end has been closed (EPIPE). It is not a failure to tell
// the user about; the run ends with 141.
//
// A process gets as far as this error on its standard streams only where it
// has asked for SIGPIPE (os/signal, "SIGPIPE").
var ErrReaderGone = errors.New("the reader has gone")

// writeError says what could not be written, once.
func writeError(name string, err error) error {
	if errors.Is(err, syscall.EPIPE) {
		err = ErrReaderGone
	}
	return fmt.Errorf("write %s: %w", name, bare(err))
}

// bare takes the operation and the path off err: they are not the ones the
// user knows.
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
