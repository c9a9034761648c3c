// Package records keeps a record of each run, and does what the options ask for that name one: list
// runs, compare two, find the one to show again, and find out what is run again, and on which hosts.
package records

import (
	"maps"
	"slices"
	"strings"

	"clsh/runner/cli/usage"
	"clsh/runner/flags"
	"clsh/runner/record"
	"clsh/runner/runs"
)

// Options are those about records, with the tags that kong reads.
type Options struct {
	Record  string `default:"outcomes" group:"Records" placeholder:"WHAT" predictor:"record" help:"Record outcomes, all, none, or outcomes at PATH (default: outcomes)."`
	Runs    bool   `env:"-" group:"Records" help:"List the recorded runs that fit the words; run nothing."`
	Rerun   string `env:"-" type:"name" group:"Records" placeholder:"SET[@RUN]" predictor:"rerun" help:"Run again on a run's hosts: failed, rest, ok, a status, ..."`
	Compare string `env:"-" type:"name" group:"Records" placeholder:"RUN[,RUN]" predictor:"runs" help:"Compare a run with another or with the last one; run nothing."`
	Replay  string `env:"-" type:"name" group:"Records" placeholder:"RUN" predictor:"replay" help:"Show a recorded run, or that of a file, again; run nothing."`
}

// A Call is what the rest of the command line is.
type Call struct {
	Words   []string
	Format  string
	Origins flags.Origins
	Quiet   bool
	// Listing is set if the hosts are printed, and nothing is run or shown.
	Listing, Interactive, Stdin bool
}

// The words of --record; anything else is a path.
const (
	recordOutcomes = "outcomes"
	recordAll      = "all"
	recordNone     = "none"
)

// Check refuses a value of --record that is neither a word nor a path.
func (o *Options) Check() error {
	switch {
	case o.Record == recordOutcomes, o.Record == recordAll, o.Record == recordNone, strings.Contains(o.Record, "/"):
		return nil
	}
	return usage.Errorf("--record %q: is not outcomes, all or none, nor a path\nhint: --record ./%s", o.Record, o.Record)
}

// onlyWith refuses options beside option, which shows records, that say nothing about that. Variables
// and the configuration file may set them.
func (c *Call) onlyWith(option string, allowed ...string) error {
	allowed = append(allowed, option, "record", "quiet", "config", "no-config")
	for _, name := range slices.Sorted(maps.Keys(c.Origins)) {
		if c.Origins[name].Rank == flags.Typed && !slices.Contains(allowed, name) {
			return usage.Errorf("--%s: cannot be combined with --%s\nhint: clsh --help shows what --%s takes", option, name, option)
		}
	}
	return nil
}

// ShowsOutput refuses ways of showing output that were typed, if rec is of a run whose output was not
// kept; reset is called for each of the others.
func ShowsOutput(rec *record.Record, origins flags.Origins, reset func(name string) bool) (kept bool, err error) {
	if rec.Run == nil || rec.Run.Output {
		return true, nil
	}
	for _, name := range []string{"gather", "gather-both", "diff", "out", "err"} {
		if origins[name].Rank == flags.Typed {
			return false, usage.Errorf("--%s: the output of run %s was not recorded\nhint: --record all keeps it", name, runs.Short(rec.Run.ID))
		}
		reset(name)
	}
	return false, nil
}
