package heat

import (
	"clsh/heat/failover"
	"clsh/heat/options"
)

// A FileCheck is one check of a configuration file.
type FileCheck struct {
	Name  string
	Needs []string
	// Settings are all of its keys: the same ones mean the same check.
	Settings string
	Command  *options.Command
	// Switch, if it is set, makes it no check but a switch between two.
	Switch *failover.Switch
}

// A File loads the checks of a configuration file, sorted by name.
type File func() ([]FileCheck, error)
