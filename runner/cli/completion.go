package cli

import (
	"context"

	"github.com/alecthomas/kong"

	"clsh/hosts"
	"clsh/runner/cli/complete"
	"clsh/runner/cli/habits"
	"clsh/runner/cli/records"
	"clsh/runner/cli/system"
	"clsh/runner/flags"
)

// Completion returns what clsh's and heat's command lines can be completed with.
func Completion(sys system.System, heat func() ([]*kong.Flag, error)) complete.Source {
	return complete.Source{
		Clsh:      Flags,
		Heat:      heat,
		Habits:    habits.Rows(),
		SSHConfig: sshConfig(&sys),
		Known: func(ctx context.Context, line complete.Selection) (hosts, groups []string) {
			c := Command{SSHConfig: line.SSHConfig, Hostfile: line.Hostfiles, Inventory: line.Inventories}
			c.useInventoryVariable(&sys)
			return c.known(ctx, &sys)
		},
		Runs:   func() []string { return records.IDs(&sys) },
		Stdout: sys.Stdout,
	}
}

// sshConfig returns the ssh configuration that the environment or the configuration file names,
// or "". What is wrong with either is not completion's to report.
func sshConfig(sys *system.System) string {
	var settings arguments
	t := tool(sys)
	t.Config = func() (*flags.ConfigFile, error) {
		file, _, err := sys.ConfigFile(settings.Config, settings.NoConfig, t.Compat)
		return file, err
	}
	if _, _, err := t.Parse(&settings, nil); err != nil {
		return sys.Getenv("CLSH_SSH_CONFIG")
	}
	return settings.SSHConfig
}

// known returns the hosts and groups that a LIST can be completed with. It reads no standard input,
// prints nothing, and ends the commands of group sources with ctx.
func (c *Command) known(ctx context.Context, sys *system.System) (names, groups []string) {
	return hosts.Known(ctx, c.forHosts(sys, make(chan struct{}, 1), false), hosts.Selection{Hostfiles: c.Hostfile, Inventories: c.Inventory})
}
