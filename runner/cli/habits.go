package cli

import (
	"clsh/runner/cli/habits"
	"clsh/runner/cli/usage"
)

// hostHabits changes what other tools write as hosts.
func (c *Command) hostHabits() error {
	list, files, err := habits.Hosts(c.Hosts)
	if err != nil {
		return usage.Errorf("%w", err)
	}
	c.Hosts, c.Hostfile = list, append(c.Hostfile, files...)
	return nil
}

// sshOptions takes options for ssh apart that are written in one word.
func (c *Command) sshOptions() (err error) {
	if c.Option, err = habits.SSHOptions(c.Option); err != nil {
		return usage.Errorf("%w", err)
	}
	return nil
}

// excluded moves the elements of -h that begin with a dash to --exclude.
func (c *Command) excluded() {
	for i, list := range c.Hosts {
		kept, excluded := habits.Exclusions(list)
		c.Hosts[i], c.Exclude = kept, append(c.Exclude, excluded...)
	}
}
