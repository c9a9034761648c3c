package cli

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"clsh/runner"
	"clsh/runner/flags"
	"clsh/runner/gate"
	"clsh/runner/record"
	"clsh/runner/runs"
	"clsh/runner/sanitize"
	"clsh/runner/sink"
)

// The words of --record; anything else is a path.
const (
	recordOutcomes = "outcomes"
	recordAll      = "all"
	recordNone     = "none"
)

// checkRecord refuses a value of --record that is neither a word nor a path.
func (c *Command) checkRecord() error {
	switch {
	case c.Record == recordOutcomes, c.Record == recordAll, c.Record == recordNone, strings.Contains(c.Record, "/"):
		return nil
	}
	return usage("--record %q: is not outcomes, all or none, nor a path\nhint: --record ./%s", c.Record, c.Record)
}

// records does what the options ask for that show records, and reports whether that was all. A run
// that is to be repeated is taken up.
func (c *Command) records(sys *System) (done bool, err error) {
	if err := c.checkRecord(); err != nil {
		return false, err
	}
	switch {
	case c.Runs:
		return true, c.listRuns(sys)
	case c.Compare != "":
		return true, c.compare(sys)
	case c.Rerun != "":
		return false, c.takeUp(sys)
	}
	return false, nil
}

// keep returns the record of a run that begins; nil if none is kept. It notes why there is none that
// was asked for: that is no reason not to run.
func (c *Command) keep(sys *System, cfg *runner.Config) *runs.Entry {
	if c.Record == recordNone || sys.profile().python {
		return nil
	}
	entry, err := c.newEntry(sys, cfg)
	if err != nil && !c.Quiet {
		sys.tell("Note: no record of this run: %s", err)
	}
	return entry
}

func (c *Command) newEntry(sys *System, cfg *runner.Config) (*runs.Entry, error) {
	run := record.Run{
		Time: time.Now(), User: userName(), Version: sys.Version, Command: c.typed(cfg), Hosts: cfg.Hosts.Names(),
		Options: c.carried.Words(), Stdin: c.Stdin, Output: c.Record == recordAll,
		Terminal: runs.Terminal(), Gate: gate.Within(sys.Environ), Relays: c.Relays.Any(),
	}
	run.Cwd, _ = os.Getwd() // empty where it was removed
	if c.again != nil {
		run.RerunOf = c.again.id
	}
	dir := c.storeDir(sys)
	if strings.Contains(c.Record, "/") && dir != c.Record {
		return runs.BeginFile(c.Record, run, cfg.TempDir), nil
	}
	if dir == "" {
		return nil, errors.New("neither HOME nor XDG_STATE_HOME is set\nhint: --record none")
	}
	store, err := runs.Open(dir, sys.UID)
	if err != nil {
		return nil, err
	}
	entry, err := store.Begin(run, cfg.TempDir)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return entry, nil
}

// userName is the caller's login name, or empty.
func userName() string {
	me, err := user.Current()
	if err != nil {
		return ""
	}
	return me.Username
}

// onlyWith refuses options beside option, which shows records, that say nothing about that. Variables
// and the configuration file may set them.
func (c *Command) onlyWith(option string, allowed ...string) error {
	names := map[string]bool{option: true, "record": true, "quiet": true, "config": true, "no-config": true}
	for _, name := range allowed {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(c.origins)) {
		if c.origins[name].Rank == flags.Typed && !names[name] {
			return usage("--%s: cannot be combined with --%s\nhint: clsh --help shows what --%s takes", option, name, option)
		}
	}
	return nil
}

// listRuns prints the recorded runs.
func (c *Command) listRuns(sys *System) error {
	if err := c.onlyWith("runs", "format"); err != nil {
		return err
	}
	json := c.Format == string(sink.JSON)
	if c.Format != "" && !json && c.origins["format"].Rank == flags.Typed && c.Format != string(sink.Lines) {
		return usage("--runs: cannot be combined with --format %s\nhint: it prints lines, or json", c.Format)
	}
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	now := time.Now()
	filter, err := runs.ParseFilter(words, now)
	if err != nil {
		return usage("--runs: %w", err)
	}
	store, err := c.openStore(sys)
	if err != nil {
		if !c.Quiet {
			sys.tell("Note: %s", err)
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
		return written(runs.WriteJSON(sys.Stdout, store, list))
	}
	columns := 0
	if sys.StdoutTerminal {
		_, columns = sys.Size()
	}
	return written(runs.WriteTable(sys.Stdout, list, columns, now))
}

// compare prints how two runs differ.
func (c *Command) compare(sys *System) error {
	if err := c.onlyWith("compare"); err != nil {
		return err
	}
	if len(c.Words) > 0 {
		return usage("--compare: takes no command, and %q is one", c.Words[0])
	}
	first, second, err := runs.ParsePair(c.Compare)
	if err != nil {
		return usage("--compare %q: %w", c.Compare, err)
	}
	a, err := c.openRun(sys, first)
	if err != nil {
		return usage("--compare %q: %w", c.Compare, err)
	}
	defer a.Close()
	var b *runs.Saved
	if second == "" {
		b, err = c.openLast(sys)
	} else {
		b, err = c.openRun(sys, second)
	}
	if err != nil {
		return usage("--compare %q: %w", c.Compare, err)
	}
	defer b.Close()
	if a.Run.ID == b.Run.ID {
		return usage("--compare %q: both are run %s\nhint: --compare RUN,RUN", c.Compare, a.Name)
	}
	var text bytes.Buffer
	if err := runs.Compare(&text, a, b); err != nil {
		return usage("--compare %q: %w", c.Compare, err)
	}
	out := text.String()
	if sys.StdoutTerminal {
		out = sanitize.Text(out)
	}
	return write(sys.Stdout, out)
}

// withoutOutput reports whether a record is of a run whose output was not kept, and shows its
// outcomes alone. Ways of showing output are refused if they were typed.
func (c *Command) withoutOutput(rec *record.Record) error {
	if rec.Run == nil || rec.Run.Output {
		return nil
	}
	for _, name := range []string{"gather", "gather-both", "diff", "out", "err"} {
		if c.origins[name].Rank == flags.Typed {
			return usage("--%s: the output of run %s was not recorded\nhint: --record all keeps it", name, runs.Short(rec.Run.ID))
		}
		c.reset(name)
	}
	if c.Format != string(sink.JSON) {
		c.Format = string(sink.None)
	}
	c.Summary = !c.Quiet
	return nil
}
