package records

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"clsh/hosts"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/flags"
	"clsh/runner/runs"
)

// TakenOver reports whether a rerun takes an option from the run that it repeats: all but those that
// choose hosts (an inventory does not), what is done, and how it is shown. An input is no option: it
// is gone.
func TakenOver(f *kong.Flag) bool {
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

// An Again is a run that is repeated on some of its hosts.
type Again struct {
	Command  string
	Cwd      string
	Hosts    hosts.List // those of the set
	id, name string     // name is for messages
	set      string     // as it was typed
	unsure   []string   // of the hosts, where the command may have done its work
}

// SameDir reports whether the run was started in the current directory, or nobody knows where.
func (a *Again) SameDir() bool {
	cwd, err := os.Getwd()
	return a.Cwd == "" || err == nil && cwd == a.Cwd
}

// TakeUp reads the run that --rerun names, and takes its options over into carried, which has those
// that TakenOver allows.
func (o *Options) TakeUp(sys *system.System, c Call, carried *flags.Carried) (*Again, error) {
	switch {
	case c.Interactive:
		return nil, usage.Errorf("--rerun: cannot be combined with -i\nhint: clsh -i -h LIST; --rerun SET --fold prints the LIST")
	case o.Replay != "":
		return nil, usage.Errorf("--rerun: cannot be combined with --replay")
	}
	set, run, named := strings.Cut(o.Rerun, "@")
	members, err := runs.ParseSet(set)
	if err != nil {
		return nil, usage.Errorf("--rerun: %w", err)
	}
	saved, err := o.OpenRun(sys, run, !named)
	if err != nil {
		return nil, usage.Errorf("--rerun %q: %w", o.Rerun, err)
	}
	defer saved.Close()
	if err := c.repeatable(saved); err != nil {
		return nil, err
	}
	states, _, err := saved.States()
	if err != nil {
		return nil, usage.Errorf("--rerun %q: %w", o.Rerun, err)
	}
	states = members.Select(states)
	again := &Again{id: saved.Run.ID, name: saved.Name, set: set, Command: saved.Run.Command, Cwd: saved.Run.Cwd, unsure: runs.MayHaveRun(states)}
	for _, h := range states {
		list, err := hosts.Expand(h.Name)
		if err != nil {
			return nil, usage.Errorf("--rerun %q: %w", o.Rerun, err)
		}
		again.Hosts = append(again.Hosts, list...)
	}
	if err := carried.TakeOver(saved.Run.Options, "run "+saved.Name); err != nil {
		return nil, usage.Errorf("--rerun %q: %w", o.Rerun, err)
	}
	again.resolvePaths(carried)
	return again, nil
}

// repeatable refuses a run that cannot be repeated.
func (c *Call) repeatable(saved *runs.Saved) error {
	switch {
	case saved.Running && !c.Listing:
		return usage.Errorf("--rerun: run %s goes on\nhint: wait for its end, or stop it; --list, --fold and --count work meanwhile", saved.Name)
	case len(c.Words) > 0:
		return nil
	case saved.Run.Command == "" && !c.Listing:
		return usage.Errorf("--rerun: run %s has no command", saved.Name)
	case saved.Run.Stdin && !c.Listing && (!c.Stdin || c.Origins["stdin"].Rank != flags.Typed):
		return usage.Errorf("--rerun: run %s sent its standard input to the hosts, which is not recorded\nhint: give it again: --stdin <FILE", saved.Name)
	}
	return nil
}

// resolvePaths makes the paths absolute that options of the repeated run have: they are relative to
// its working directory.
func (a *Again) resolvePaths(carried *flags.Carried) {
	if a.SameDir() {
		return
	}
	for _, f := range carried.Options {
		if f.Tag.Get("predictor") != "file" || carried.Origins[f.Name].Rank != flags.FromRecord {
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
				path.SetString(filepath.Join(a.Cwd, path.String()))
			}
		}
	}
}

// Note says what is run again, and on which hosts.
func (a *Again) Note(sys *system.System, list hosts.List, command string) {
	names := list.Names()
	sys.Tell("Note: rerun of %s: '%s' on %s", a.name, command, runs.Folded(names))
	kept := map[string]bool{}
	for _, name := range names {
		kept[name] = true
	}
	unsure := slices.DeleteFunc(slices.Clone(a.unsure), func(name string) bool { return !kept[name] })
	if len(unsure) > 0 {
		sys.Tell("Note: the command of %s may have done its work on %s: nobody saw how it ended there", a.name, runs.Folded(unsure))
	}
}

// NoteNone says that there is nothing to run again.
func (a *Again) NoteNone(sys *system.System) {
	sys.Tell("Note: nothing to rerun: no host of run %s is left in %s", a.name, a.set)
}
