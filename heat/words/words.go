// Package words writes counts and durations as heat's messages have them.
package words

import (
	"strconv"
	"time"
)

// Count is n with the noun that fits it.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// Seconds returns plain decimal seconds, as HEAT_FAIL_INTERVAL has them: "30", "1.5".
func Seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
}

// Duration returns a duration as an option takes it: 30s, 1.5s.
func Duration(d time.Duration) string { return Seconds(d) + "s" }
