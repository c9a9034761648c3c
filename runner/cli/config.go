package cli

import (
	"fmt"
	"math"
	"time"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
)

const (
	defaultFanout = 64
	tickEvery     = 200 * time.Millisecond
	// sshLongest is the longest time that ssh takes: it counts seconds in an int.
	sshLongest = math.MaxInt32 * time.Second
)

// config checks the options and returns the run that they ask for.
func (c *Command) config(sys *system.System, list hosts.List, command string) (runner.Config, error) {
	if err := c.check(); err != nil {
		return runner.Config{}, err
	}
	fanout, err := c.fanout(sys)
	if err != nil {
		return runner.Config{}, err
	}
	options, err := c.connection(sys, list)
	if err != nil {
		return runner.Config{}, err
	}
	return runner.Config{
		Options: options, Command: command,
		Fanout: fanout, KeepGoing: c.KeepGoing, Retry: c.Retry, RetryFor: 3 * max(c.ConnectTimeout, system.ConnectDefault),
		SpawnRate: c.ConnectRate, ReadyTimeout: c.ReadyTimeout, Timeout: c.Timeout, KillAfter: c.KillAfter,
		LostAfterStart: sys.Profile().Session, Tick: tickEvery,
	}, nil
}

// check refuses values and combinations that make no sense.
func (c *Command) check() error {
	port := 1
	if c.Port != nil {
		port = *c.Port
	}
	for _, rule := range []struct {
		broken bool
		reason string
	}{
		{c.Fanout < 1, fmt.Sprintf("--fanout %d: must be at least 1", c.Fanout)},
		{c.Retry < 0, fmt.Sprintf("--retry %d: must not be negative", c.Retry)},
		{c.ConnectRate < 0, fmt.Sprintf("--connect-rate %d: must not be negative\nhint: 0 is no limit", c.ConnectRate)},
		{port < 1 || port > 65535, fmt.Sprintf("--port %d: must be from 1 to 65535\nhint: -f N is the number of hosts at a time", port)},
		{c.Persist > sshLongest, fmt.Sprintf("--persist %s: ssh takes 68 years at most", c.Persist)},
		{c.ConnectTimeout > sshLongest, fmt.Sprintf("--connect-timeout %s: ssh takes 68 years at most", c.ConnectTimeout)},
		{c.TTY && c.Stdin, "--tty: cannot be combined with --stdin\nhint: a terminal would change the input; leave out --tty"},
		{c.TTY && c.NoAgent, "--tty: cannot be combined with --no-agent\nhint: -o RequestTTY=force makes ssh open a terminal"},
		{c.DryRun && c.Stdin, "--dry-run: cannot be combined with --stdin\nhint: the lines that it prints read no input"},
	} {
		if rule.broken {
			return usage.Errorf("%s", rule.reason)
		}
	}
	return nil
}
