package cli

import (
	"errors"
	"os"
	"syscall"

	"clsh/runner/event"
	"clsh/runner/files"
	"clsh/runner/record"
)

// replay shows a run again and returns its exit status.
func (c *Command) replay(sys *System) (int, error) {
	if len(c.Words) > 0 {
		return 0, usage("--replay: takes no command, and %q is one\nhint: it shows again what has run", c.Words[0])
	}
	code, done := 0, make(chan error, 1)
	go func() {
		var err error
		code, err = c.replayFile(sys)
		done <- err
	}()
	for {
		select {
		case err := <-done:
			return code, err
		case sig := <-sys.Signals:
			// Nothing runs that would have to be ended, and what waits on
			// disk has no name.
			if number, _ := sig.(syscall.Signal); number != syscall.SIGUSR1 {
				return 128 + int(number), nil
			}
		}
	}
}

// replayFile reads the record, which may be a FIFO, and shows it.
func (c *Command) replayFile(sys *System) (code int, err error) {
	file, err := files.Open(c.Replay, files.Stream)
	if err != nil {
		return 0, usage("--replay %q: %w", c.Replay, bare(err))
	}
	defer file.Close()
	if c.writesTo(file) {
		return 0, usage("--json %q: --replay reads this record, and --json would overwrite it", c.JSON)
	}
	rec, err := record.Read(file, "")
	if err != nil {
		return 0, usage("--replay %q: %w", c.Replay, err)
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	if c.listing() {
		return 0, c.list(sys, rec.Names)
	}
	out, err := c.sink(sys, rec.Names)
	if err != nil {
		return 0, err
	}
	summary, err := rec.Replay(out)
	if err != nil {
		return event.CodeOutput, err
	}
	return summary.Code, nil
}

// writesTo reports whether --json names the open file.
func (c *Command) writesTo(file *os.File) bool {
	info, err := file.Stat()
	target, targetErr := os.Stat(c.JSON)
	return err == nil && targetErr == nil && info.Mode().IsRegular() && os.SameFile(info, target)
}
