package options

import (
	"clsh/heat/exit"
	"clsh/heat/ping"
)

// checkPing checks --ping.
func (c *Command) checkPing(cfg *Settings) error {
	if c.Ping == "" {
		return nil
	}
	if c.Once && c.Typed["ping"] {
		return exit.Usagef("--ping: cannot be combined with --once\nhint: --ping reports that heat goes on")
	}
	u, err := ping.Parse(c.Ping)
	if err != nil {
		return exit.Usagef("--ping: %v", err)
	}
	if !c.Once && !c.DryRun {
		cfg.Ping = u
	}
	return nil
}
