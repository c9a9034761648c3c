package cli

import (
	"path/filepath"

	"clsh/hosts"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/flags"
	"clsh/runner/remote"
)

// inventoryVariable is the variable for the inventories that no option names.
const inventoryVariable = "CLSH_INVENTORY"

// useInventoryVariable takes the inventories of the variable, which colons separate, where no option
// names any.
func (c *Command) useInventoryVariable(sys *system.System) {
	value := sys.Getenv(inventoryVariable)
	if len(c.Inventory) > 0 || value == "" {
		return
	}
	c.Inventory = filepath.SplitList(value)
	if c.origins != nil {
		c.origins["inventory"] = flags.Origin{Rank: flags.FromVariable, Where: inventoryVariable}
	}
}

// transport returns what reaches each host; its result is nil for ssh.
func (c *Command) transport(list hosts.List, port string) (func(hosts.Host) *remote.Via, error) {
	via, err := c.Transport(list, c.User, port, c.LostAfter)
	if err != nil {
		return nil, usage.Errorf("%w", err)
	}
	for _, host := range list {
		if via == nil || via(host) == nil {
			continue
		}
		for name, set := range map[string]bool{"tty": c.TTY, "no-agent": c.NoAgent} {
			if set {
				return nil, usage.Errorf("--%s: host %s is reached by %s, and only ssh can follow it\nhint: -x %[2]s excludes it", name, host.Name, via(host).Name())
			}
		}
	}
	return via, nil
}
