package heat

import (
	"strconv"
	"time"
)

// count is n with the noun that fits it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// shown returns a duration as an option takes it: 30s, 1.5s.
func shown(d time.Duration) string { return Seconds(d).String() + "s" }
