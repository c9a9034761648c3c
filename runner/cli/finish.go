package cli

import (
	"errors"
	"syscall"

	"clsh/runner/cli/system"
	"clsh/runner/event"
	"clsh/runner/files"
	"clsh/runner/sink"
)

// errBlocked ends a run that was killed while its output was blocked.
var errBlocked = errors.New("killed while nobody read the output")

// finish closes out, which may have much to show yet (--gather), and returns
// the exit status of the run, of which err is the error so far. All hosts have
// ended: SIGTERM lets the rest be shown, any other signal ends that at once. If the
// run was stopped, by signals of which more may come, it ends that within blockedEnd, or
// at once if nobody reads it. What waits on disk has no name and goes with the process.
func (c *Command) finish(sys *system.System, out event.Sink, summary *event.Summary, err error) (int, error) {
	code := summary.Code
	interrupt, limited := summary.Interrupt, false
	_, closeErr := system.Serve(sys, func() (any, error) { return nil, out.Close(summary) }, func(sig syscall.Signal, giveUp func(error)) {
		if sig == syscall.SIGUSR1 {
			return // there are no states any more
		}
		code = event.CodeOfSignal(sig)
		before := interrupt
		interrupt = sig
		switch {
		case sig == syscall.SIGTERM && before != sig:
		case before == 0:
			giveUp(errBlocked)
		case !limited:
			limited = true
			files.WhenBlocked(0, blockedEnd, func() { giveUp(errBlocked) }, sys.Stdout, sys.Stderr)
		}
	})
	gone := errors.Is(closeErr, sink.ErrReaderGone)
	switch {
	case errors.Is(closeErr, errBlocked):
		return code, err
	case interrupt != 0 && gone:
		closeErr = nil // its reader got the same signal
	case interrupt == 0 && closeErr != nil && !gone:
		code = event.CodeOutput
	}
	return code, errors.Join(err, closeErr)
}
