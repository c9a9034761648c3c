package clsh

import (
	"errors"
	"os"
	"syscall"

	"clsh/runner"
	"clsh/runner/sink"
)

// replay shows a run again and returns its exit status.
func (c *Command) replay(sys *System) (int, error) {
	if len(c.Words) > 0 {
		return 0, usage("--replay %q shows what has run; a command does not go with it", c.Replay)
	}
	file, err := os.Open(c.Replay)
	if err != nil {
		return 0, usage("--replay: %w", err)
	}
	defer file.Close()
	record, err := sink.ReadRecord(file, "")
	if err != nil {
		return 0, usage("--replay %q: %w", c.Replay, err)
	}
	out, err := c.sink(sys, record.Names)
	if err != nil {
		return 0, errors.Join(err, record.Close())
	}
	var summary *runner.Summary
	done := make(chan error, 1)
	go func() {
		var err error
		summary, err = record.Replay(out)
		done <- errors.Join(err, record.Close())
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				return runner.CodeOutput, err
			}
			return summary.Code, nil
		case sig := <-sys.Signals:
			// Nothing runs that would have to be ended, and what waits on
			// disk has no name.
			if number, _ := sig.(syscall.Signal); number != syscall.SIGUSR1 {
				return 128 + int(number), nil
			}
		}
	}
}
