package options

import (
	"strconv"
	"strings"
	"time"

	"clsh/heat/exit"
)

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
			return nil, exit.Usagef("--ignore-codes %q: not a list of exit codes from 1 to 255\nhint: for example 3,10-12", text)
		}
		for n := from; n <= to; n++ {
			codes[n] = true
		}
	}
	return codes, nil
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
	var d, m Seconds
	if err := d.UnmarshalText([]byte(low)); err != nil {
		return 0, 0, exit.Usagef("--backoff: %v", err)
	}
	m = max(d, Seconds(time.Hour))
	if both {
		if err := m.UnmarshalText([]byte(high)); err != nil {
			return 0, 0, exit.Usagef("--backoff: %v", err)
		}
	}
	switch {
	case d == 0:
		return 0, 0, exit.Usagef("--backoff %s: the first pause must be more than 0", text)
	case m < d:
		return 0, 0, exit.Usagef("--backoff %s: MAX is less than the first pause", text)
	}
	return time.Duration(d), time.Duration(m), nil
}
