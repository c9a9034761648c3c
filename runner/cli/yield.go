package cli

import (
	"clsh/runner/flags"
	"clsh/runner/sink"
)

// yield settles contradictions between an option and a setting of lower rank: what was typed
// wins over a variable, and a variable over the configuration file. So a setting that suits
// most runs does not forbid the others. Options of the same rank are left for the checks to
// refuse.
func (c *Command) yield() {
	for c.yieldOne() { // what has given way contradicts nothing any more
	}
	// These add to what --gather, -B and --diff show.
	if !c.Gather && !c.GatherBoth && !c.Diff {
		c.Live = c.Live && c.origins["live"].Rank == flags.Typed
		c.Normalize = c.Normalize && c.origins["normalize"].Rank == flags.Typed
	}
}

// yieldOne resets the first setting that has to give way, and reports whether there was one.
func (c *Command) yieldOne() bool {
	format := c.Format != "" && c.Format != string(sink.Lines)
	json := c.Format == string(sink.JSON)
	for _, pair := range []struct {
		contradict bool
		a, b       string
	}{
		{c.Interactive && c.Stdin, "interactive", "stdin"},
		{c.Interactive && c.Diff, "interactive", "diff"},
		{c.Interactive && c.NoAgent, "interactive", "no-agent"},
		{c.Interactive && c.TTY, "interactive", "tty"},
		{c.Interactive && json, "interactive", "format"},
		{c.Interactive && c.JSON != "", "interactive", "json"},
		{c.Records.Replay != "" && c.JSON != "", "replay", "json"}, // which could be the record itself
		{c.DryRun && c.Stdin, "dry-run", "stdin"},
		{c.TTY && c.Stdin, "tty", "stdin"},
		{c.TTY && c.NoAgent, "tty", "no-agent"},
		{c.NoAgent && c.Privilege.Active(), "no-agent", c.Privilege.Name()},
		{c.Gather && format, "gather", "format"},
		{c.GatherBoth && format, "gather-both", "format"},
		{c.Diff && format, "diff", "format"},
		{c.NoLabel && json, "no-label", "format"},
		{c.Out != "" && json, "out", "format"},
		{c.Err != "" && json, "err", "format"},
		{c.Out != "" && c.Gather && !c.Live, "out", "gather"},
		{c.Out != "" && c.GatherBoth && !c.Live, "out", "gather-both"},
		{c.Out != "" && c.Diff && !c.Live, "out", "diff"},
		{c.Err != "" && c.GatherBoth && !c.Live, "err", "gather-both"},
		{c.Summary && c.Quiet, "summary", "quiet"},
		{c.Progress == string(sink.Always) && c.Quiet, "progress", "quiet"},
	} {
		lower := ""
		switch a, b := c.origins[pair.a].Rank, c.origins[pair.b].Rank; {
		case !pair.contradict:
		case a < b:
			lower = pair.a
		case b < a:
			lower = pair.b
		}
		if c.reset(lower) {
			return true
		}
	}
	return false
}

// reset gives an option its default, and reports whether it may give way at all. --sudo and --as
// may not: the command would run as another user than it did before (--rerun).
func (c *Command) reset(name string) bool {
	switches := map[string]*bool{
		"stdin": &c.Stdin, "diff": &c.Diff, "no-agent": &c.NoAgent, "tty": &c.TTY, "gather": &c.Gather, "gather-both": &c.GatherBoth,
		"no-label": &c.NoLabel, "summary": &c.Summary, "quiet": &c.Quiet, "ask-sudo": &c.Privilege.AskSudo,
		"ask-pass": &c.Privilege.AskPass, "password-to-unknown-hosts": &c.Privilege.PasswordToUnknownHosts,
	}
	texts := map[string]*string{"format": &c.Format, "json": &c.JSON, "out": &c.Out, "err": &c.Err}
	switch {
	case switches[name] != nil:
		*switches[name] = false
	case texts[name] != nil:
		*texts[name] = ""
	case name == "progress":
		c.Progress = string(sink.Auto)
	case name == "persist":
		c.Persist = 0
	case name == "fanout":
		c.Fanout = defaultFanout
	default:
		return false
	}
	return true
}
