package options

import (
	"strconv"
	"strings"
	"time"

	"clsh/heat/exit"
	"clsh/runner/duration"
)

// checkCodes reads a list of exit codes: 3,10-12.
func (c *Command) checkCodes(cfg *Settings) error {
	if c.IgnoreCodes == "" {
		return nil
	}
	cfg.Rules.Unknown = map[int]bool{}
	for part := range strings.SplitSeq(c.IgnoreCodes, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			high = low
		}
		from, err1 := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if err1 != nil || err2 != nil || from < 1 || to > 255 || from > to {
			return exit.Usagef("--ignore-codes %q: not a list of exit codes from 1 to 255\nhint: for example 3,10-12", c.IgnoreCodes)
		}
		for n := from; n <= to; n++ {
			cfg.Rules.Unknown[n] = true
		}
	}
	return nil
}

// parsePercent reads P%, with or without the sign, as a fraction.
func parsePercent(text string) (float64, error) {
	p, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !(p >= 0 && p <= 100) {
		return 0, exit.Usagef("--jitter %q: not a percentage from 0%% to 100%%", text)
	}
	return p / 100, nil
}

// parseBackoff reads D[,MAX].
func parseBackoff(text string) (first, most time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	low, high, both := strings.Cut(text, ",")
	first, err = duration.Parse(low)
	most = max(first, time.Hour)
	if both && err == nil {
		most, err = duration.Parse(high)
	}
	switch {
	case err != nil:
		return 0, 0, exit.Usagef("--backoff: %v", err)
	case first == 0:
		return 0, 0, exit.Usagef("--backoff %s: the first pause must be more than 0", text)
	case most < first:
		return 0, 0, exit.Usagef("--backoff %s: MAX is less than the first pause", text)
	}
	return first, most, nil
}
