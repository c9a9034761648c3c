package cli

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/cli/relays"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/conn"
	"clsh/runner/record"
	"clsh/runner/relay"
	"clsh/runner/remote"
)

// checkRelays refuses options that make no sense beside relays.
func (c *Command) checkRelays(sys *system.System) error {
	if c.listing() {
		return nil
	}
	if c.Relays.Any() && sys.Profile().Python {
		return usage.Errorf("--relay: the Python clsh had none\nhint: unset CLSH_COMPAT")
	}
	if err := c.Relays.Check(c.origins, c.Fanout, c.reset); err != nil {
		return usage.Errorf("%w", err)
	}
	return nil
}

// useRelays makes relays run the hosts of cfg, if there are some.
func (c *Command) useRelays(sys *system.System, cfg *runner.Config) error {
	if !c.Relays.Any() {
		return nil
	}
	for _, host := range cfg.Hosts {
		if host.Settings != nil {
			return usage.Errorf("--relay: an inventory has settings for host %s, which relays do not get\nhint: put them into the ssh_config of the relays, or -x %[1]s", host.Name)
		}
		if err := relay.CheckName(host.Name); err != nil {
			return usage.Errorf("--relay: %w\nhint: -x excludes it", err)
		}
	}
	options, err := c.wayToRelays(sys, cfg.Options)
	if err != nil {
		return err
	}
	for _, path := range []*string{&c.Identity, &c.SSHConfig} { // the working directory is another there
		if *path != "" {
			if *path, err = filepath.Abs(*path); err != nil {
				return err
			}
		}
	}
	most := relay.Most(c.Fanout, !c.Budgeted())
	fleet := relay.Fleet{
		Options: options, Names: cfg.Hosts.Names(),
		Job: relay.Job{
			Command: record.Text(cfg.Command), Count: len(cfg.Hosts), Most: most, Options: relays.Job(c.carried), Patience: relay.Patience(c.LostAfter),
		},
		Retry: c.Retry, RetryFor: cfg.RetryFor, ReadyTimeout: c.ReadyTimeout, LostAfter: c.LostAfter, Quiet: c.Quiet,
	}
	cfg.HandOver = fleet.Open
	cfg.Fanout, cfg.SpawnRate = most*len(options.Hosts), 0
	return nil
}

// wayToRelays returns how the relays are reached: as the hosts would be, or as --relay-via says.
func (c *Command) wayToRelays(sys *system.System, o conn.Options) (conn.Options, error) {
	selection := hosts.Selection{Hosts: c.Relays.Relay, Inventories: c.Inventory}
	all, _, err := selection.Resolve(context.Background(), c.forHosts(sys, make(chan struct{}, 1), !c.Quiet))
	if err == nil && len(all) == 0 {
		err = errors.New("no hosts given")
	}
	if err != nil {
		return o, usage.Errorf("--relay: %s", strings.TrimPrefix(err.Error(), "-h: "))
	}
	o.Hosts, o.Become, o.Verbose = all, remote.Become{}, false
	if c.Relays.RelayVia == "" {
		return o, nil
	}
	via, err := c.Template("--relay-via", c.Relays.RelayVia)
	if err != nil {
		return o, usage.Errorf("%w", err)
	}
	via.User, via.LostAfter = c.User, c.LostAfter
	o.Via = func(hosts.Host) *remote.Via { return &via }
	return o, nil
}

// serveRelay makes this clsh a relay.
func (c *Command) serveRelay(sys *system.System) error {
	server := relay.Server{
		In: sys.Stdin, Out: sys.Stdout, Version: sys.Version, Signals: sys.Signals,
		Configure: func(job *relay.Job) (runner.Config, error) { return c.relayConfig(sys, job) },
	}
	if err := server.Serve(); err != nil {
		// The root shows the last line.
		return errors.New(strings.NewReplacer("\nhint: ", "; ", "\n", "; ").Replace(err.Error()))
	}
	return nil
}

// relayConfig returns the run of a relay: with the root's options, and none of this machine's.
func (c *Command) relayConfig(sys *system.System, job *relay.Job) (runner.Config, error) {
	if err := c.carried.TakeOver(job.Words(), "the root"); err != nil {
		return runner.Config{}, err
	}
	c.Privilege.Settle(c.origins, false)
	c.KeepGoing, c.Quiet = true, true // the root decides, and shows
	cfg, err := c.config(sys, nil, string(job.Command))
	cfg.Tick, cfg.OnBusy = time.Duration(0), oneProcessor()
	return cfg, err
}
