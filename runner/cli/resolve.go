package cli

import (
	"context"
	"errors"
	"slices"
	"syscall"

	"clsh/hosts"
)

// resolve returns the hosts, and tells the notes.
func (c *Command) resolve(sys *System) (hosts.List, error) {
	if c.Stdin && slices.Contains(c.Hostfile, "-") {
		return nil, usage("--stdin: cannot be combined with --hostfile -\nhint: both read standard input")
	}
	list, notes, err := c.selectHosts(sys)
	if !c.Quiet {
		for _, note := range notes {
			sys.tell("%s", note)
		}
	}
	var stopped *interruptedError
	switch {
	case errors.Is(err, hosts.ErrNoHosts) || errors.As(err, &stopped):
		return nil, err
	case err != nil:
		return nil, usage("%w", err)
	}
	return list, nil
}

// interruptedError says that a signal came before anything ran.
type interruptedError struct{ signal syscall.Signal }

func (e *interruptedError) Error() string { return e.signal.String() }

// selectHosts works out the selection until a signal comes. Then it waits for
// the commands of group sources to end, but not for a host file on standard
// input: nothing wakes a read from a terminal but the end of the process.
func (c *Command) selectHosts(sys *System) (list hosts.List, notes []string, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	running := make(chan struct{}, 1) // full while a command runs
	type result struct {
		list  hosts.List
		notes []string
		err   error
	}
	done := make(chan result, 1)
	go func() {
		selection := hosts.Selection{Hosts: c.Hosts, Hostfiles: c.Hostfile, Groups: c.Group, Exclude: c.Exclude, All: c.All, Repeat: sys.profile().repeat}
		if c.Pick != nil {
			selection.Pick = *c.Pick
		}
		around := c.forHosts(sys, running, !c.Quiet)
		around.Stdin = sys.Stdin
		list, notes, err := selection.Resolve(ctx, around)
		done <- result{list, notes, err}
	}()
	for {
		select {
		case r := <-done:
			return r.list, r.notes, r.err
		case sig := <-sys.Signals:
			if number, ok := sig.(syscall.Signal); ok && number != syscall.SIGUSR1 {
				cancel()
				running <- struct{}{} // and none is started any more
				return nil, nil, &interruptedError{number}
			}
		}
	}
}

// forHosts returns what a selection reads of its surroundings, without a
// standard input. running is full while a group source's command runs; one that takes
// long is noted where notes are wanted.
func (c *Command) forHosts(sys *System, running chan struct{}, notes bool) hosts.System {
	ask := asker{sys: sys, limit: c.GroupTimeout, notes: notes, running: running}
	return hosts.System{
		Getenv: sys.getenv, Home: sys.Home, ConfigHome: sys.getenv("XDG_CONFIG_HOME"), SSHConfig: c.SSHConfig, UID: sys.UID,
		Run: ask.run,
	}
}

// Known returns the names that the options' LISTs can be completed with:
// hosts, and groups with their @. It reads no standard input, says nothing,
// and ends the commands of group sources with ctx.
func (c *Command) Known(ctx context.Context, sys System) (names, groups []string) {
	return hosts.Known(ctx, c.forHosts(&sys, make(chan struct{}, 1), false), c.Hostfile...)
}
