package heat

import "clsh/heat/output"

const (
	logDefault  = "heat.log"
	keepDefault = 5
)

func (c *Command) checkLog(cfg *config) error {
	cfg.log = output.LogSpec{Path: c.Log, Keep: keepDefault, Compat: c.Compat}
	if c.Log == "" { // an empty variable is an unset one
		cfg.log.Path = logDefault
	}
	if c.Lock != "" && c.Lock == cfg.log.Path {
		return usageErrorf("--lock: names the same file as --log")
	}
	if c.LogSize == nil {
		if c.LogKeep != nil {
			return usageErrorf("--log-keep: needs --log-size\nhint: --log-size BYTES is when a new file begins")
		}
		return nil
	}
	if cfg.log.Path == output.LogStderr {
		return usageErrorf("--log-size: needs a log file, and --log - is standard error")
	}
	if *c.LogSize < 1 {
		return usageErrorf("--log-size %d: must be at least 1", *c.LogSize)
	}
	cfg.log.Size = *c.LogSize
	if c.LogKeep != nil {
		cfg.log.Keep = *c.LogKeep
	}
	if cfg.log.Keep < 0 {
		return usageErrorf("--log-keep %d: must not be negative", cfg.log.Keep)
	}
	return nil
}
