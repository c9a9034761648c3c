package sink

import (
	"errors"
	"fmt"
	"io"

	"clsh/runner/event"
	"clsh/runner/sink/terminal"
	"clsh/runner/spool"
)

// Format is the value of --format.
type Format string

// The formats; the zero value is Lines.
const (
	Lines Format = "lines"
	Block Format = "block"
	JSON  Format = "json"
	None  Format = "none"
)

// Config says how a run is shown: the options of the section "Output" in clsh(1), and what
// they work on. Names, Fold, Stdout and Stderr must be set.
type Config struct {
	// Names are the hosts by rank; Fold writes a list of them as one LIST.
	Names []string
	Fold  func(names []string) string

	Out, Err   string // --out, --err; empty: the console
	Gather     bool   // --gather
	GatherBoth bool   // -B
	Live       bool   // --live
	Diff       bool   // --diff
	Normalize  bool   // --normalize
	Format     Format // --format; empty: Lines, with Compat Block
	JSONFile   string // --json; empty: none
	Ordered    bool   // --ordered
	NoLabel    bool   // --no-label
	RawOutput  bool   // --raw-output
	Color      When   // --color; empty: Auto
	Progress   When   // --progress; empty: Auto
	Summary    bool   // --summary
	Quiet      bool   // --quiet
	NoSummary  bool   // the caller shows what failed, with Failures
	Compat     bool   // CLSH_COMPAT: what the Python clsh shows
	KeepGoing  bool   // with Compat: hosts behind a lost one are shown
	// Record keeps the run; nil: nothing does. An error of it is a note, and does not end the run.
	// RunID is what --rerun calls the run then; empty: it is not kept.
	Record event.Sink
	RunID  string

	Stdout, Stderr                 io.Writer
	StdoutTerminal, StderrTerminal bool
	// Ranks are the hosts that the run is for; nil: all of Names.
	Ranks []int
	// Console is the terminal that Stdout and Stderr lead to, where others
	// write to it, too; nil: there are no others.
	Console *terminal.Console
	Transfer
	// Width returns the terminal's columns now, 0 where it does not know; nil:
	// it never does.
	Width func() int
	// Getenv looks a variable of the environment up; nil: there are none.
	Getenv func(string) string
	// TempDir is where output waits that is too much for memory; empty: what
	// TMPDIR names, else /var/tmp.
	TempDir string
}

// A Transfer is what is known of a copy, for the status line.
type Transfer struct {
	// Moved returns how many bytes a copy has sent to the hosts, and how many they have asked for;
	// nil: nothing is copied.
	Moved func() (done, asked int64)
	// MovedTo returns the same for a host.
	MovedTo func(host int) (done, asked int64)
}

// Combinations is the table in clsh(1) of which options go with which way of showing.
const Combinations = `Which options go with which way of showing:
          --out  --err  --live  --normalize  --ordered  -N  --json
  lines    yes    yes     -         -           yes    yes   yes
  block    yes    yes     -         -           yes    yes   yes
  json      -      -      -         -           yes     -    yes
  none     yes    yes     -         -           yes    yes   yes
  -b        1     yes    yes       yes           2      3    yes
  -B        1      1     yes       yes           2      3    yes
  --diff    1     yes    yes       yes           2      3    yes
1 with --live: the lines go there, what is compared is shown as well.
2 for what is shown live.  3 leaves the headers out.
`

// gathers reports whether output is shown at the end.
func (c *Config) gathers() bool { return c.Gather || c.GatherBoth || c.Diff }

// check refuses options that make no sense together.
func (c *Config) check() error {
	shown := c.Format == "" || c.Format == Lines
	for _, rule := range []struct {
		broken bool
		reason string
	}{
		{!shown && c.Format != Block && c.Format != JSON && c.Format != None, fmt.Sprintf("--format: %q is not one of lines, block, json or none", c.Format)},
		{c.gathers() && !shown, fmt.Sprintf("--format %s: cannot be combined with --gather, -B or --diff\nhint: --json FILE writes the events beside them", c.Format)},
		{c.Live && !c.gathers(), "--live: needs --gather, -B or --diff\nhint: without these, lines are shown as they come"},
		{c.Normalize && !c.gathers(), "--normalize: needs --gather, -B or --diff\nhint: without these, nothing is compared"},
		{c.gathers() && c.Out != "" && !c.Live, "--out: cannot be combined with --gather, -B or --diff\nhint: --live sends the lines to the file, and the comparison is shown"},
		{c.GatherBoth && c.Err != "" && !c.Live, "--err: cannot be combined with -B\nhint: --live sends the lines to the file, and the comparison is shown"},
		{c.Format == JSON && (c.Out != "" || c.Err != ""), "--format json: cannot be combined with --out or --err\nhint: --json FILE writes the events beside them"},
		{c.Format == JSON && c.NoLabel, "--no-label: cannot be combined with --format json\nhint: its objects always name their host"},
		{c.JSONFile == "-", "--json -: takes a file\nhint: --format json writes to standard output"},
		{c.Summary && c.Quiet, "--summary: cannot be combined with --quiet"},
		{c.Progress == Always && c.Quiet, "--progress always: cannot be combined with --quiet"},
	} {
		if rule.broken {
			return errors.New(rule.reason)
		}
	}
	return nil
}

// defaults fills in what c leaves open.
func (c *Config) defaults() {
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	if c.TempDir == "" {
		c.TempDir = spool.TempDir(c.Getenv)
	}
	if c.Compat {
		// The Python clsh writes everything to standard output, one host after
		// the other.
		c.Stderr, c.StderrTerminal = c.Stdout, c.StdoutTerminal
		c.Ordered = true
		if c.Format == "" && !c.gathers() {
			c.Format = Block
		}
	}
}

// ranks returns the hosts that the run is for.
func (c *Config) ranks() []int {
	if c.Ranks != nil {
		return c.Ranks
	}
	all := make([]int, len(c.Names))
	for rank := range all {
		all[rank] = rank
	}
	return all
}
