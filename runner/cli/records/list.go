package records

import (
	"bytes"
	"time"

	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/flags"
	"clsh/runner/runs"
	"clsh/runner/sanitize"
	"clsh/runner/sink"
)

// List prints the recorded runs.
func (o *Options) List(sys *system.System, c Call) error {
	if err := c.onlyWith("runs", "format"); err != nil {
		return err
	}
	json := c.Format == string(sink.JSON)
	if c.Format != "" && !json && c.Origins["format"].Rank == flags.Typed && c.Format != string(sink.Lines) {
		return usage.Errorf("--runs: cannot be combined with --format %s\nhint: it prints lines, or json", c.Format)
	}
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	now := time.Now()
	filter, err := runs.ParseFilter(words, now)
	if err != nil {
		return usage.Errorf("--runs: %w", err)
	}
	store, err := o.openStore(sys)
	if err != nil {
		if !c.Quiet {
			sys.Tell("Note: %s", err)
		}
		return nil
	}
	defer store.Close()
	list, err := store.List()
	if err != nil {
		return err
	}
	list = filter.Select(store, list)
	if json {
		return usage.Written(runs.WriteJSON(sys.Stdout, store, list))
	}
	columns := 0
	if sys.StdoutTerminal {
		_, columns = sys.Size()
	}
	return usage.Written(runs.WriteTable(sys.Stdout, list, columns, now))
}

// PrintComparison prints how two runs differ.
func (o *Options) PrintComparison(sys *system.System, c Call) error {
	if err := c.onlyWith("compare"); err != nil {
		return err
	}
	if len(c.Words) > 0 {
		return usage.Errorf("--compare: takes no command, and %q is one", c.Words[0])
	}
	first, second, err := runs.ParsePair(o.Compare)
	if err != nil {
		return usage.Errorf("--compare %q: %w", o.Compare, err)
	}
	a, err := o.OpenRun(sys, first, false)
	if err != nil {
		return usage.Errorf("--compare %q: %w", o.Compare, err)
	}
	defer a.Close()
	b, err := o.OpenRun(sys, second, second == "")
	if err != nil {
		return usage.Errorf("--compare %q: %w", o.Compare, err)
	}
	defer b.Close()
	if a.Run.ID == b.Run.ID {
		return usage.Errorf("--compare %q: both are run %s\nhint: --compare RUN,RUN", o.Compare, a.Name)
	}
	var text bytes.Buffer
	if err := runs.Compare(&text, a, b); err != nil {
		return usage.Errorf("--compare %q: %w", o.Compare, err)
	}
	out := text.String()
	if sys.StdoutTerminal {
		out = sanitize.Text(out)
	}
	return usage.Write(sys.Stdout, out)
}
