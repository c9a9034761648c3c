package cli

import (
	"errors"

	"github.com/mattn/go-shellwords"

	"clsh/runner"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/conn"
	"clsh/runner/copying"
	"clsh/runner/event"
	"clsh/runner/remote"
	"clsh/runner/sink"
)

// checkCopy refuses what cannot be combined with copying, and reads its words.
func (c *Command) checkCopy() error {
	if name, needs := c.Copying.Unused(); name != "" {
		return usage.Errorf("--%s: needs --%s\nhint: clsh -h LIST --%s PATH --dest DIR/", name, needs, needs)
	}
	option := c.Copying.Active()
	if option == "" {
		return nil
	}
	for _, rule := range []struct {
		broken      bool
		other, hint string
	}{
		{c.Copying.Contradicts() != "", "--" + c.Copying.Contradicts(), "--copy FILE --dest DIR/ -- COMMAND runs a command afterwards"},
		{c.Interactive, "-i", "leave the session, and copy by a call of its own"},
		{c.TTY, "--tty", "a terminal would change what is copied; leave out --tty"},
		{c.NoAgent, "--no-agent", "copying needs a POSIX shell on the host"},
	} {
		if rule.broken {
			return usage.Errorf("--%s: cannot be combined with %s\nhint: %s", option, rule.other, rule.hint)
		}
	}
	if err := c.takeUpWords(); err != nil {
		return err
	}
	switch {
	case c.Copying.Script:
		return c.checkScript()
	case c.Copying.Rcopy:
		return c.checkFetch()
	}
	options, err := c.Copying.Copied(c.Words, c.Diff)
	if err != nil {
		return usage.Errorf("%w", err)
	}
	if c.Stdin && options.Command == "" {
		return usage.Errorf("--copy: cannot be combined with --stdin, where no command follows\nhint: --copy PATH --dest DIR/ -- COMMAND")
	}
	if options.Check {
		c.Diff = false // it was about the files
	}
	c.copies = &options
	return nil
}

// checkFetch reads the words of --rcopy.
func (c *Command) checkFetch() error {
	for _, rule := range []struct {
		broken bool
		other  string
	}{{c.Stdin, "--stdin"}, {c.Out != "", "--out"}, {c.Gather || c.GatherBoth || c.Diff, "-b, -B or --diff"}} {
		if rule.broken {
			return usage.Errorf("--rcopy: cannot be combined with %s\nhint: what hosts send goes into DIR/HOST/ of --dest", rule.other)
		}
	}
	options, err := c.Copying.Fetched(c.Words)
	if err != nil {
		return usage.Errorf("%w", err)
	}
	c.fetches = &options
	return nil
}

// takeUpWords takes the words of a run that is repeated, where none were given.
func (c *Command) takeUpWords() error {
	if len(c.Words) > 0 || c.again == nil {
		return nil
	}
	words, err := shellwords.Parse(c.again.Command)
	if err != nil {
		return usage.Errorf("--rerun %q: its words: %w", c.Records.Rerun, err)
	}
	c.Words = words
	return nil
}

// checkScript refuses a call of --script without a file.
func (c *Command) checkScript() error {
	if len(c.Words) > 0 && c.Words[0] == "--" {
		c.Words = c.Words[1:]
	}
	if len(c.Words) == 0 {
		return usage.Errorf("--script: missing FILE\nhint: clsh -h LIST --script FILE ARGUMENT")
	}
	return nil
}

// A transfer is what a run brings to the hosts or from them; where all are nil, nothing.
type transfer struct {
	plan   *copying.Plan
	script *copying.Script
	fetch  *copying.Fetch
	meter  *copying.Meter
}

// pack reads what is copied. The caller must call close of the transfer.
func (c *Command) pack(sys *system.System, cfg *runner.Config) (t transfer, err error) {
	tempDir := cfg.TempDir
	t.meter = &copying.Meter{}
	if t.meter.Rate, err = c.Copying.Rate(); err != nil {
		return transfer{}, usage.Errorf("%w", err)
	}
	switch {
	case c.Copying.Script:
		t.script, err = copying.NewScript(c.Words[0], c.Words[1:], tempDir)
	case c.fetches != nil:
		t.fetch, err = copying.NewFetch(*c.fetches, cfg.Hosts.Names())
	case c.copies != nil:
		t.plan, err = copying.New(*c.copies, tempDir)
	}
	if err != nil {
		return transfer{}, usage.Errorf("%w", err)
	}
	if t.plan != nil && !c.Quiet {
		for _, note := range t.plan.Notes {
			sys.Tell("Note: %s", note)
		}
	}
	return t, nil
}

// shown makes the status line show what is sent, if anything is.
func (t transfer) shown(show *sink.Config) {
	if t.plan != nil || t.script != nil {
		show.Moved, show.MovedTo = t.meter.Moved, t.meter.MovedTo
	}
}

func (t transfer) close() (err error) {
	if t.plan != nil {
		err = t.plan.Close()
	}
	if t.script != nil {
		err = errors.Join(err, t.script.Close())
	}
	if t.fetch != nil {
		err = errors.Join(err, t.fetch.Release())
	}
	return err
}

// begin tells the transfer of the run that has begun.
func (t transfer) begin(out event.Sink, r *runner.Runner) {
	if t.fetch != nil {
		t.fetch.Begin(out, r.StopHost)
	}
}

// into makes cfg, which has its sink, bring the transfer to the hosts, and returns its sink.
func (t transfer) into(cfg *runner.Config) event.Sink {
	switch input := cfg.Input; {
	case t.plan != nil:
		all := copying.NewCopy(t.plan, t.meter, len(cfg.Hosts), input, cfg.Sink)
		cfg.Sink, cfg.Feed, cfg.Judge, cfg.Stage = all, all.Feed, all.Judge, t.plan.Stage()
	case t.fetch != nil:
		cfg.Sink, cfg.Feed, cfg.Judge = t.fetch, t.fetch.Feed, t.fetch.Judge
	case t.script != nil:
		cfg.Feed = func(rank int) *conn.Feed { return t.script.Feed(rank, t.meter, input) }
	}
	return cfg.Sink
}

// typed returns the command as the record keeps it: with what is copied.
func (c *Command) typed(cfg *runner.Config) string {
	if c.Copying.Active() != "" {
		return remote.Quote(c.Words)
	}
	return cfg.Command
}
