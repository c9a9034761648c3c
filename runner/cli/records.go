package cli

import (
	"clsh/runner"
	"clsh/runner/cli/records"
	"clsh/runner/cli/system"
	"clsh/runner/record"
	"clsh/runner/runs"
	"clsh/runner/sink"
)

// useRecords does what the options ask for that show records, and reports whether that was all. A run
// that is to be repeated is taken up.
func (c *Command) useRecords(sys *system.System) (done bool, err error) {
	if err := c.Records.Check(); err != nil {
		return false, err
	}
	call := records.Call{
		Words: c.Words, Format: c.Format, Origins: c.origins, Quiet: c.Quiet,
		Listing: c.listing(), Interactive: c.Interactive, Stdin: c.Stdin,
	}
	switch {
	case c.Records.Runs:
		return true, c.Records.List(sys, call)
	case c.Records.Compare != "":
		return true, c.Records.PrintComparison(sys, call)
	case c.Records.Rerun != "":
		c.again, err = c.Records.TakeUp(sys, call, &c.carried)
		return false, err
	}
	return false, nil
}

// keep returns the record of a run that begins; nil if none is kept.
func (c *Command) keep(sys *system.System, cfg *runner.Config) *runs.Entry {
	return c.Records.Begin(sys, record.Run{
		Command: c.typed(cfg), Hosts: cfg.Hosts.Names(), Options: c.carried.Words(), Stdin: c.Stdin, Relays: c.Relays.Any(),
	}, c.again, cfg.TempDir, c.Quiet)
}

// withoutOutput has only the outcomes shown of a run whose output was not recorded.
func (c *Command) withoutOutput(rec *record.Record) error {
	kept, err := records.ShowsOutput(rec, c.origins, c.reset)
	if kept || err != nil {
		return err
	}
	if c.Format != string(sink.JSON) {
		c.Format = string(sink.None)
	}
	c.Summary = !c.Quiet
	return nil
}
