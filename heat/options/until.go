package options

import (
	"time"

	"clsh/heat/exit"
	"clsh/heat/words"
)

// checkUntil checks --until-ok and --within. With them nothing is repaired: an option about repairing
// is refused if it was typed, and has no effect if a variable sets it.
func (c *Command) checkUntil(cfg *Settings) error {
	switch {
	case c.UntilOK == nil && c.Within == nil:
		return nil
	case c.Within == nil:
		return exit.Usagef("--until-ok: needs --within\nhint: --within D is how long to wait at most")
	case c.UntilOK == nil:
		return exit.Usagef("--within: needs --until-ok\nhint: --until-ok N is how many good checks in a row to wait for")
	case *c.UntilOK < 1:
		return exit.Usagef("--until-ok %d: must be at least 1", *c.UntilOK)
	case *c.Within == 0:
		return exit.Usagef("--within 0: must be more than 0")
	case c.Once:
		return exit.Usagef("--until-ok: cannot be combined with --once\nhint: --once runs a single check")
	}
	for _, option := range repairOptions() {
		if c.Typed[option] {
			return exit.Usagef("--until-ok: cannot be combined with --%s\nhint: with --until-ok, heat repairs nothing", option)
		}
	}
	c.withoutRepair()
	u := &cfg.Rules
	u.UntilOK, u.Within = *c.UntilOK, time.Duration(*c.Within)
	least := cfg.Delay + time.Duration(u.UntilOK-1)*u.Interval
	if least >= u.Within {
		return exit.Usagef("--within %s: %s in a row take at least %s\nhint: set a shorter --interval or a longer --within",
			words.Duration(u.Within), words.Count(u.UntilOK, "check", "checks"), words.Duration(least))
	}
	return nil
}

// repairOptions returns the options about repairing, without the dashes.
func repairOptions() []string {
	return []string{
		"threshold", "fail-of", "flap", "recovery", "recovered", "fault-signal", "success-signal", "recovery-timeout", "rise", "backoff",
		"max-recoveries", "give-up", "min-recovery-gap", "stable",
	}
}

// withoutRepair clears the options that repairOptions names.
func (c *Command) withoutRepair() {
	c.Threshold, c.Recovery, c.Recovered, c.FaultSignal, c.SuccessSignal = nil, "", "", "", ""
	c.RecoveryTimeout, c.Rise, c.Backoff, c.MaxRecoveries, c.GiveUp = nil, nil, "", nil, ""
	c.MinRecoveryGap, c.Stable, c.FailOf, c.Flap = nil, nil, "", ""
}
