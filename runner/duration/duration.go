// Package duration reads durations as people write them, for both tools and the interactive mode.
package duration

import (
	"fmt"
	"strings"
	"time"
)

// Max bounds a duration so that instants computed with it stay far from overflow.
const Max = 100 * 365 * 24 * time.Hour

// Parse reads a number of seconds ("30", "0.5") or a Go duration ("1.5s", "2m", "1h30m"), from
// 0 to Max.
func Parse(text string) (time.Duration, error) {
	word := text
	if strings.Trim(text, "0123456789.") == "" {
		word += "s"
	}
	d, err := time.ParseDuration(word)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration (seconds, or 1.5s, 2m, 1h)", text)
	}
	if d < 0 || d > Max {
		return 0, fmt.Errorf("%q is not a duration from 0 to 100 years", text)
	}
	return d, nil
}
