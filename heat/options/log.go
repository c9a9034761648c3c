package options

import (
	"cmp"

	"clsh/heat/exit"
	"clsh/heat/output"
)

const (
	logDefault  = "heat.log"
	keepDefault = 5
)

func (c *Command) checkLog(cfg *Settings) error {
	// An empty variable is an unset one.
	cfg.Log = output.LogSpec{Path: cmp.Or(c.Log, logDefault), Keep: keepDefault, Compat: c.Compat}
	if c.Lock != "" && c.Lock == cfg.Log.Path {
		return exit.Usagef("--lock: names the same file as --log")
	}
	if c.LogSize == nil {
		if c.LogKeep != nil {
			return exit.Usagef("--log-keep: needs --log-size\nhint: --log-size BYTES is when a new file begins")
		}
		return nil
	}
	if cfg.Log.Path == output.LogStderr {
		return exit.Usagef("--log-size: needs a log file, and --log - is standard error")
	}
	if *c.LogSize < 1 {
		return exit.Usagef("--log-size %d: must be at least 1", *c.LogSize)
	}
	cfg.Log.Size = *c.LogSize
	if c.LogKeep != nil {
		cfg.Log.Keep = *c.LogKeep
	}
	if cfg.Log.Keep < 0 {
		return exit.Usagef("--log-keep %d: must not be negative", cfg.Log.Keep)
	}
	return nil
}
