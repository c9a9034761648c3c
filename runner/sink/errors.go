package sink

import (
	"errors"
	"fmt"
	"syscall"

	"clsh/runner/files"
)

// ErrReaderGone is the error of a sink whose output nobody reads any more: a pipe whose other
// end has been closed (EPIPE). The user need not see it; the run exits with 141.
//
// A process gets as far as this error on its standard streams only where it
// has asked for SIGPIPE (os/signal, "SIGPIPE").
var ErrReaderGone = errors.New("the reader has gone")

// writeError returns the error for a failed write to name.
func writeError(name string, err error) error {
	if errors.Is(err, syscall.EPIPE) {
		err = ErrReaderGone
	}
	return fmt.Errorf("write %s: %w", name, files.Bare(err))
}
