package cli

import (
	"errors"
	"syscall"

	"clsh/runner/event"
	"clsh/runner/sink"
)

// finish closes out, which may have much to show yet (--gather), and returns
// the exit status of the run, of which err is the error so far. All hosts have
// ended: SIGTERM lets the rest be shown, any other signal, or a second one,
// ends that at once. What waits on disk has no name and goes with the process.
func (c *Command) finish(sys *System, out event.Sink, summary *event.Summary, err error) (int, error) {
	code := summary.Code
	closed := make(chan error, 1)
	go func() { closed <- out.Close(summary) }()
	for interrupt := summary.Interrupt; ; {
		select {
		case closeErr := <-closed:
			switch gone := errors.Is(closeErr, sink.ErrReaderGone); {
			case interrupt != 0 && gone:
				closeErr = nil // its reader got the same signal
			case interrupt == 0 && closeErr != nil && !gone:
				code = event.CodeOutput
			}
			return code, errors.Join(err, closeErr)
		case sig := <-sys.Signals:
			number, _ := sig.(syscall.Signal)
			if number == syscall.SIGUSR1 {
				continue // there are no states any more
			}
			code = 128 + int(number)
			if number != syscall.SIGTERM || interrupt == number {
				return code, err
			}
			interrupt = number
		}
	}
}
