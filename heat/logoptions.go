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
		return wrong("--lock and --log name the same file")
	}
	if c.LogSize == nil {
		if c.LogKeep != nil {
			return wrong("--log-keep needs --log-size: when to begin a new file")
		}
		return nil
	}
	if cfg.log.Path == output.LogStderr {
		return wrong("--log-size needs a log file, and --log - is standard error")
	}
	if *c.LogSize < 1 {
		return wrong("--log-size must be 1 or more")
	}
	cfg.log.Size = *c.LogSize
	if c.LogKeep != nil {
		cfg.log.Keep = *c.LogKeep
	}
	if cfg.log.Keep < 0 {
		return wrong("--log-keep must be 0 or more")
	}
	return nil
}
