package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"clsh/hosts"
	"clsh/runner/cli/source"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/flags"
)

// resolve returns the hosts, and tells the notes.
func (c *Command) resolve(sys *system.System) (hosts.List, error) {
	if c.Stdin && slices.Contains(c.Hostfile, "-") {
		return nil, usage.Errorf("--stdin: cannot be combined with --hostfile -\nhint: both read standard input")
	}
	if from := c.origins["inventory"]; from.Rank == flags.FromVariable && !c.Quiet {
		sys.Tell("Note: use inventory '%s' (%s env)", strings.Join(c.Inventory, ":"), from.Where)
	}
	list, notes, err := c.selectHosts(sys)
	if !c.Quiet {
		for _, note := range notes {
			sys.Tell("%s", note)
		}
	}
	var stopped *usage.Interrupted
	switch {
	case errors.Is(err, hosts.ErrNoHosts) || errors.As(err, &stopped):
		return nil, err
	case err != nil:
		return nil, usage.Errorf("%w", err)
	}
	return list, nil
}

// selectHosts works out the selection until a signal comes. Then it waits for
// the commands of group sources to end, but not for a host file on standard
// input: nothing wakes a read from a terminal but the end of the process.
func (c *Command) selectHosts(sys *system.System) (list hosts.List, notes []string, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	running := make(chan struct{}, 1) // full while a command runs
	selection := hosts.Selection{
		Hosts: c.Hosts, Hostfiles: c.Hostfile, Inventories: c.Inventory, Groups: c.Group, Exclude: c.Exclude, All: c.All,
		Repeat: sys.Profile().Repeat,
	}
	if c.Pick != nil {
		selection.Pick = *c.Pick
	}
	around := c.forHosts(sys, running, !c.Quiet)
	around.Stdin = sys.Stdin
	type result struct {
		list  hosts.List
		notes []string
	}
	found, err := system.UntilSignal(sys, func() (r result, err error) {
		if c.again != nil {
			r.list, r.notes, err = selection.Narrow(ctx, around, c.again.Hosts)
		} else {
			r.list, r.notes, err = selection.Resolve(ctx, around)
		}
		return r, err
	})
	if _, stopped := errors.AsType[*usage.Interrupted](err); stopped {
		cancel()
		running <- struct{}{} // and no other command starts
	}
	return found.list, found.notes, err
}

// forHosts returns what a selection reads of its surroundings, without a
// standard input. running is full while a group source's command runs; one that takes
// long is noted where notes are wanted.
func (c *Command) forHosts(sys *system.System, running chan struct{}, notes bool) hosts.System {
	ask := source.Asker{Environ: sys.Environ, Limit: c.GroupTimeout, Running: running}
	if notes {
		ask.Late = func(command string) { sys.Tell("Note: waiting for a group source's command: %s", command) }
	}
	return hosts.System{
		Getenv: sys.Getenv, Home: sys.Home, ConfigHome: sys.Getenv("XDG_CONFIG_HOME"), SSHConfig: c.SSHConfig, UID: sys.UID,
		Run: ask.Run, Answers: &c.answers,
	}
}
