package options

import (
	"strconv"
	"strings"
	"time"

	"clsh/heat/exit"
	"clsh/heat/policy"
	"clsh/runner/duration"
)

// checkRecovery checks the options about repairing, which depend on each other.
func (c *Command) checkRecovery(cfg *Settings) error {
	u := &cfg.Rules
	n, err := c.parseThreshold(u)
	if err != nil {
		return err
	}
	repairs := c.Recovery != "" || c.FaultSignal != ""
	switch {
	case n == 0:
		return c.needs("--threshold or --fail-of", "--threshold N sets the failures in a row until recovery")
	case !repairs && c.OnChange == "":
		return exit.Usagef("%s: needs --recovery or --fault-signal\nhint: one of these has to repair; --on-change alone only reports", c.thresholdOption())
	case !repairs:
		u.Alarm = n
		return c.needs("--recovery or --fault-signal", "one of these has to repair")
	case c.Rise != nil && *c.Rise < 1:
		return exit.Usagef("--rise %d: must be at least 1", *c.Rise)
	case c.MaxRecoveries != nil && *c.MaxRecoveries < 1:
		return exit.Usagef("--max-recoveries %d: must be at least 1", *c.MaxRecoveries)
	case c.GiveUp != "" && c.MaxRecoveries == nil:
		return exit.Usagef("--give-up: needs --max-recoveries\nhint: --max-recoveries N is after how many")
	case c.RecoveryTimeout != nil && *c.RecoveryTimeout == 0:
		return exit.Usagef("--recovery-timeout 0: must be more than 0")
	case c.MinRecoveryGap != nil && *c.MinRecoveryGap == 0:
		return exit.Usagef("--min-recovery-gap 0: must be more than 0")
	case c.Stable != nil && *c.Stable == 0:
		return exit.Usagef("--stable 0: must be more than 0")
	}
	u.Threshold = n
	u.MinGap, u.Stable = c.MinRecoveryGap.Or(0), c.Stable.Or(0)
	u.RecoveryTimeout = c.RecoveryTimeout.Or(0)
	u.Rise = 1
	if c.Rise != nil {
		u.Rise = *c.Rise
	}
	if c.MaxRecoveries != nil {
		u.MaxRecoveries = *c.MaxRecoveries
	}
	u.Backoff, u.BackoffMax, err = parseBackoff(c.Backoff)
	return err
}

// parseThreshold reads --threshold or --fail-of. It returns 0 if there is neither.
func (c *Command) parseThreshold(u *policy.Rules) (n int, err error) {
	switch {
	case c.Threshold != nil && c.FailOf != "":
		return 0, exit.Usagef("--fail-of: cannot be combined with --threshold\nhint: --fail-of X/Y counts X failures of the last Y checks")
	case c.Threshold != nil && *c.Threshold < 1:
		return 0, exit.Usagef("--threshold %d: must be at least 1", *c.Threshold)
	case c.Threshold != nil:
		return *c.Threshold, nil
	case c.FailOf == "":
		return 0, nil
	}
	x, y, _ := strings.Cut(c.FailOf, "/")
	n, err1 := strconv.Atoi(x)
	of, err2 := strconv.Atoi(y)
	if err1 != nil || err2 != nil || n < 1 || of < n || of > policy.MostOf {
		return 0, exit.Usagef("--fail-of %q: not X/Y with 1 <= X <= Y <= %d\nhint: for example 3/5", c.FailOf, policy.MostOf)
	}
	u.Of = of
	return n, nil
}

// thresholdOption names the option that says how many failures count.
func (c *Command) thresholdOption() string {
	if c.FailOf != "" {
		return "--fail-of"
	}
	return "--threshold"
}

// needs returns the error of an option about repairing that is given without what it depends on.
func (c *Command) needs(what, hint string) error {
	for _, o := range []struct {
		given bool
		name  string
	}{
		{c.Recovery != "", "--recovery"}, {c.FaultSignal != "", "--fault-signal"},
		{c.SuccessSignal != "", "--success-signal"}, {c.Recovered != "", "--recovered"},
		{c.RecoveryTimeout != nil, "--recovery-timeout"}, {c.Rise != nil, "--rise"},
		{c.Backoff != "", "--backoff"}, {c.MaxRecoveries != nil, "--max-recoveries"},
		{c.GiveUp != "", "--give-up"}, {c.MinRecoveryGap != nil, "--min-recovery-gap"}, {c.Stable != nil, "--stable"},
	} {
		if o.given {
			return exit.Usagef("%s: needs %s\nhint: %s", o.name, what, hint)
		}
	}
	return nil
}

// checkChange checks --flap and --remind.
func (c *Command) checkChange(cfg *Settings) error {
	u := &cfg.Rules
	if c.Remind != nil {
		switch {
		case c.OnChange == "":
			return exit.Usagef("--remind: needs --on-change\nhint: --on-change HOOK is what runs again")
		case *c.Remind == 0:
			return exit.Usagef("--remind 0: must be more than 0")
		}
		u.Remind = time.Duration(*c.Remind)
	}
	if c.Flap == "" {
		return nil
	}
	count, within, _ := strings.Cut(c.Flap, "/")
	n, err1 := strconv.Atoi(count)
	d, err2 := duration.Parse(within)
	if err1 != nil || err2 != nil || n < 1 || n > policy.MostFlaps || d == 0 {
		return exit.Usagef("--flap %q: not N/D with N from 1 to %d and a duration D\nhint: for example 4/10m", c.Flap, policy.MostFlaps)
	}
	u.Flaps, u.FlapIn = n, d
	return nil
}
