package cli

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/event"
	"clsh/runner/files"
	"clsh/runner/record"
	"clsh/runner/sink"
)

// replay shows a run again and returns its exit status.
func (c *Command) replay(sys *system.System) (int, error) {
	if len(c.Words) > 0 {
		return 0, usage.Errorf("--replay: takes no command, and %q is one\nhint: it shows again what has run", c.Words[0])
	}
	// A signal ends it at once: nothing runs, and what waits on disk has no name.
	return system.UntilSignal(sys, func() (int, error) { return c.replayFile(sys) })
}

// replayFile reads the record, which may be a FIFO, and shows it.
func (c *Command) replayFile(sys *system.System) (code int, err error) {
	file, err := files.Open(c.Records.Replay, files.Stream)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(c.Records.Replay, "/.") {
		return c.replayRun(sys)
	}
	if err != nil {
		return 0, usage.Errorf("--replay %q: %w", c.Records.Replay, files.Bare(err))
	}
	defer file.Close()
	if c.writesTo(file) {
		return 0, usage.Errorf("--json %q: --replay reads this record, and --json would overwrite it", c.JSON)
	}
	rec, err := record.Read(file, "")
	if err != nil {
		return 0, usage.Errorf("--replay %q: %w", c.Records.Replay, err)
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	return c.replayRecord(sys, rec)
}

// replayRun shows a run of the store.
func (c *Command) replayRun(sys *system.System) (code int, err error) {
	saved, err := c.Records.OpenRun(sys, c.Records.Replay, false)
	if err != nil {
		return 0, usage.Errorf("--replay: %w", err)
	}
	defer func() { err = errors.Join(err, saved.Close()) }()
	return c.replayRecord(sys, saved.Record)
}

// replayRecord shows a record, or lists its hosts.
func (c *Command) replayRecord(sys *system.System, rec *record.Record) (int, error) {
	if c.listing() {
		return 0, c.list(sys, rec.Names)
	}
	if err := c.withoutOutput(rec); err != nil {
		return 0, err
	}
	out, err := sink.New(c.show(sys, rec.Names))
	if err != nil {
		return 0, usage.Errorf("%w", err)
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
