package cli

import (
	"path/filepath"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"clsh/hosts"
	"clsh/runner/flags"
	"clsh/runner/runs"
)

// takenOver reports whether a rerun takes an option from the run that it repeats: all but those that
// choose hosts (an inventory does not), what is done, and how it is shown. An input is no option: it
// is gone.
func takenOver(f *kong.Flag) bool {
	if f.Group == nil {
		return false
	}
	if f.Name == "inventory" {
		return true // it says where the hosts are
	}
	switch f.Group.Key {
	case "Hosts", "Output", "Records", "Other":
		return false
	}
	switch f.Name {
	case "interactive", "dry-run", "verbose", "stdin":
		return false
	}
	return true
}

// takeUp reads the run that --rerun names, and takes its options over.
func (c *Command) takeUp(sys *System) error {
	switch {
	case c.Interactive:
		return usage("--rerun: cannot be combined with -i\nhint: clsh -i -h LIST; --rerun SET --fold prints the LIST")
	case c.Replay != "":
		return usage("--rerun: cannot be combined with --replay")
	}
	set, run, named := strings.Cut(c.Rerun, "@")
	members, err := runs.ParseSet(set)
	if err != nil {
		return usage("--rerun: %w", err)
	}
	var saved *runs.Saved
	if named {
		saved, err = c.openRun(sys, run)
	} else {
		saved, err = c.openLast(sys)
	}
	if err != nil {
		return usage("--rerun %q: %w", c.Rerun, err)
	}
	defer saved.Close()
	if err := c.repeatable(saved); err != nil {
		return err
	}
	states, _, err := saved.States()
	if err != nil {
		return usage("--rerun %q: %w", c.Rerun, err)
	}
	states = members.Select(states)
	again := &rerun{id: saved.Run.ID, name: saved.Name, command: saved.Run.Command, cwd: saved.Run.Cwd, unsure: runs.MayHaveRun(states)}
	for _, h := range states {
		list, err := hosts.Expand(h.Name)
		if err != nil {
			return usage("--rerun %q: %w", c.Rerun, err)
		}
		again.hosts = append(again.hosts, list...)
	}
	if err := c.carried.TakeOver(saved.Run.Options, "run "+saved.Name); err != nil {
		return usage("--rerun %q: %w", c.Rerun, err)
	}
	c.again = again
	c.resolvePaths()
	return nil
}

// repeatable refuses a run that cannot be repeated.
func (c *Command) repeatable(saved *runs.Saved) error {
	switch {
	case saved.Running && !c.listing():
		return usage("--rerun: run %s goes on\nhint: wait for its end, or stop it; --list, --fold and --count work meanwhile", saved.Name)
	case len(c.Words) > 0:
		return nil
	case saved.Run.Command == "" && !c.listing():
		return usage("--rerun: run %s has no command", saved.Name)
	case saved.Run.Stdin && !c.listing() && (!c.Stdin || c.origins["stdin"].Rank != flags.Typed):
		return usage("--rerun: run %s sent its standard input to the hosts, which is not recorded\nhint: give it again: --stdin <FILE", saved.Name)
	}
	return nil
}

// resolvePaths makes the paths absolute that options of the repeated run have: they are relative to
// its working directory.
func (c *Command) resolvePaths() {
	if c.again.sameDir() {
		return
	}
	for _, f := range c.carried.Options {
		if f.Tag.Get("predictor") != "file" || c.origins[f.Name].Rank != flags.FromRecord {
			continue
		}
		paths := []reflect.Value{f.Target}
		if f.IsSlice() {
			paths = nil
			for i := range f.Target.Len() {
				paths = append(paths, f.Target.Index(i))
			}
		}
		for _, path := range paths {
			if !filepath.IsAbs(path.String()) {
				path.SetString(filepath.Join(c.again.cwd, path.String()))
			}
		}
	}
}

// noteRerun says what is run again.
func (c *Command) noteRerun(sys *System, list hosts.List, command string) {
	if c.Quiet {
		return
	}
	names := list.Names()
	sys.tell("Note: rerun of %s: '%s' on %s", c.again.name, command, runs.Folded(names))
	kept := map[string]bool{}
	for _, name := range names {
		kept[name] = true
	}
	var unsure []string
	for _, name := range c.again.unsure {
		if kept[name] {
			unsure = append(unsure, name)
		}
	}
	if len(unsure) > 0 {
		sys.tell("Note: the command of %s may have done its work on %s: nobody saw how it ended there", c.again.name, runs.Folded(unsure))
	}
}

// noteNone says that there is nothing to run again.
func (c *Command) noteNone(sys *System) {
	if !c.Quiet {
		set, _, _ := strings.Cut(c.Rerun, "@")
		sys.tell("Note: nothing to rerun: no host of run %s is left in %s", c.again.name, set)
	}
}
