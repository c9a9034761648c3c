// Package rollouts has the options of a rollout: which of them go together, and the engine's
// settings that they ask for.
package rollouts

import (
	"errors"
	"fmt"
	"time"

	"clsh/runner/flags"
	"clsh/runner/rollout"
)

// Options are those of a rollout, with the tags that kong reads. Settle must be called before all
// other methods.
type Options struct {
	Batch       string        `group:"Rollout" placeholder:"SIZES" help:"Run in groups of these sizes, such as 1,5,25% (default: one group)."`
	MaxFail     string        `group:"Rollout" placeholder:"N" help:"Start no more hosts after more than N or N% failed; 0 is fail-fast."`
	BatchPause  time.Duration `group:"Rollout" placeholder:"D" help:"Wait D between groups (default: 0)."`
	Gate        string        `group:"Rollout" placeholder:"COMMAND" help:"Run COMMAND here after each group; stop unless it exits with 0."`
	GateTimeout time.Duration `group:"Rollout" placeholder:"D" help:"Stop the gate, and the run, after D (default: no limit)."`
	Ask         bool          `group:"Rollout" help:"Ask on the terminal after each group whether to continue."`

	origins flags.Origins
	sizes   rollout.Sizes  // Batch
	budget  rollout.Budget // MaxFail
}

// An option is one of Options.
type option struct {
	name  string
	set   bool
	needs string // the option without which it has no meaning, or empty
	reset func()
}

// list returns the options, those that others need first.
func (o *Options) list() []option {
	given := func(name string) bool { return o.origins[name].Rank != flags.FromDefault }
	return []option{
		{"batch", given("batch"), "", func() { o.Batch = "" }},
		{"max-fail", given("max-fail"), "", func() { o.MaxFail = "" }},
		{"gate", given("gate"), "", func() { o.Gate = "" }},
		{"batch-pause", given("batch-pause"), "batch", func() { o.BatchPause = 0 }},
		{"gate-timeout", given("gate-timeout"), "gate", func() { o.GateTimeout = 0 }},
		{"ask", o.Ask, "batch", func() { o.Ask = false }},
	}
}

// isSet reports whether an option is set.
func (o *Options) isSet(name string) bool {
	for _, each := range o.list() {
		if each.name == name {
			return each.set
		}
	}
	return false
}

// Settle takes the origins of the options, and resets those that were not typed and have no meaning:
// all of them where the call runs no rollout, such as an interactive session, or a clsh that a gate
// runs. That would run the gate, and itself, again and again.
func (o *Options) Settle(origins flags.Origins, none bool) {
	o.origins = origins
	for _, each := range o.list() {
		typed := origins[each.name].Rank == flags.Typed
		if each.set && !typed && (none || each.needs != "" && !o.isSet(each.needs)) {
			each.reset()
			delete(origins, each.name)
		}
	}
}

// Any returns the name of an option that is set, or "".
func (o *Options) Any() string {
	for _, each := range o.list() {
		if each.set {
			return each.name
		}
	}
	return ""
}

// Budgeted reports whether a number of failures, 0 with --batch, stops the run. A lost host is one
// of them then, and stops the others no more than any failure does.
func (o *Options) Budgeted() bool { return o.isSet("batch") || o.isSet("max-fail") }

// Check refuses values, and options without those that they belong to.
func (o *Options) Check() (err error) {
	for _, each := range o.list() {
		if each.set && each.needs != "" && !o.isSet(each.needs) {
			return fmt.Errorf("--%s: needs --%s\nhint: %s", each.name, each.needs, neededFor(each.needs))
		}
	}
	if o.isSet("batch") {
		if o.sizes, err = rollout.ParseSizes(o.Batch); err != nil {
			return fmt.Errorf("--batch: %w\nhint: --batch 1,5,25%% is one host, then five, then a quarter of all hosts at a time; 100%% is one group", err)
		}
	}
	if o.isSet("max-fail") {
		if o.budget, err = rollout.ParseBudget(o.MaxFail); err != nil {
			return fmt.Errorf("--max-fail: %w\nhint: --max-fail 2 or --max-fail 10%%; 100%% lets all of them fail", err)
		}
	}
	if o.isSet("gate") && o.Gate == "" {
		return errors.New("--gate: no command given\nhint: the value may be a variable that is not set; --gate true lets every group pass")
	}
	return nil
}

// neededFor is the hint for an option that is missing.
func neededFor(name string) string {
	if name == "gate" {
		return "--gate COMMAND runs COMMAND after each group"
	}
	return "--batch 1,10% runs the command on one host, then on a tenth of the hosts at a time"
}
