package heat

import (
	"strconv"
	"strings"
	"time"
)

// checkRecovery checks the options about repairing, which depend on each other.
func (c *Command) checkRecovery(cfg *config) error {
	if c.Threshold == nil {
		if option := c.needsThreshold(); option != "" {
			return wrong("%s: needs --threshold\nhint: --threshold N sets the failures in a row until recovery", option)
		}
		return nil
	}
	u := &cfg.rules
	switch {
	case *c.Threshold < 1:
		return wrong("--threshold %d: must be at least 1", *c.Threshold)
	case c.Recovery == "" && c.FaultSignal == "":
		return wrong("--threshold: needs --recovery or --fault-signal\nhint: one of these has to repair")
	case c.Rise != nil && *c.Rise < 1:
		return wrong("--rise %d: must be at least 1", *c.Rise)
	case c.MaxRecoveries != nil && *c.MaxRecoveries < 1:
		return wrong("--max-recoveries %d: must be at least 1", *c.MaxRecoveries)
	case c.GiveUp != "" && c.MaxRecoveries == nil:
		return wrong("--give-up: needs --max-recoveries\nhint: --max-recoveries N is after how many")
	case c.RecoveryTimeout != nil && *c.RecoveryTimeout == 0:
		return wrong("--recovery-timeout 0: must be more than 0")
	case c.MinRecoveryGap != nil && *c.MinRecoveryGap == 0:
		return wrong("--min-recovery-gap 0: must be more than 0")
	case c.Stable != nil && *c.Stable == 0:
		return wrong("--stable 0: must be more than 0")
	}
	u.Threshold = *c.Threshold
	u.MinGap, u.Stable = c.MinRecoveryGap.duration(0), c.Stable.duration(0)
	u.RecoveryTimeout = c.RecoveryTimeout.duration(0)
	u.Rise = 1
	if c.Rise != nil {
		u.Rise = *c.Rise
	}
	if c.MaxRecoveries != nil {
		u.MaxRecoveries = *c.MaxRecoveries
	}
	var err error
	u.Backoff, u.BackoffMax, err = parseBackoff(c.Backoff)
	return err
}

// needsThreshold returns an option that means nothing without a threshold.
func (c *Command) needsThreshold() string {
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
			return o.name
		}
	}
	return ""
}

// parseBackoff reads D[,MAX].
func parseBackoff(text string) (first, most time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	low, high, both := strings.Cut(text, ",")
	var d, m Seconds
	if err := d.UnmarshalText([]byte(low)); err != nil {
		return 0, 0, wrong("--backoff: %v", err)
	}
	m = max(d, Seconds(time.Hour))
	if both {
		if err := m.UnmarshalText([]byte(high)); err != nil {
			return 0, 0, wrong("--backoff: %v", err)
		}
	}
	switch {
	case d == 0:
		return 0, 0, wrong("--backoff %s: the first pause must be more than 0", text)
	case m < d:
		return 0, 0, wrong("--backoff %s: MAX is less than the first pause", text)
	}
	return time.Duration(d), time.Duration(m), nil
}

// parsePercent reads P%, with or without the sign, as a fraction.
func parsePercent(text string) (float64, error) {
	p, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !(p >= 0 && p <= 100) {
		return 0, wrong("--jitter %q: not a percentage from 0%% to 100%%", text)
	}
	return p / 100, nil
}

// parseCodes reads a list of exit codes: 3,10-12.
func parseCodes(text string) (map[int]bool, error) {
	if text == "" {
		return nil, nil
	}
	codes := map[int]bool{}
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			high = low
		}
		from, err1 := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if err1 != nil || err2 != nil || from < 1 || to > 255 || from > to {
			return nil, wrong("--unknown %q: not a list of exit codes from 1 to 255\nhint: for example 3,10-12", text)
		}
		for n := from; n <= to; n++ {
			codes[n] = true
		}
	}
	return codes, nil
}
