package clsh

import (
	"errors"
	"os"

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
	summary, err := record.Replay(out)
	err = errors.Join(err, record.Close())
	if summary == nil {
		return 0, err
	}
	return summary.Code, err
}
