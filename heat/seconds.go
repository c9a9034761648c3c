package heat

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Seconds is a duration as it stands on the command line: a number of seconds
// ("30", "0.5") or a Go duration ("1.5s", "2m", "1h30m"). It is never negative.
type Seconds time.Duration

// maxSeconds bounds a duration so that instants computed with it stay far from
// overflow.
const maxSeconds = Seconds(100 * 365 * 24 * time.Hour)

var plainNumber = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)$`)

var errDuration = errors.New("is no duration: give seconds, or 1.5s, 2m, 1h")

// UnmarshalText reads a duration.
func (s *Seconds) UnmarshalText(text []byte) error {
	word := string(text)
	if plainNumber.MatchString(word) {
		word += "s"
	}
	d, err := time.ParseDuration(word)
	if err != nil {
		return fmt.Errorf("%q %w", text, errDuration)
	}
	if d < 0 || Seconds(d) > maxSeconds {
		return fmt.Errorf("%q is out of range: durations go from 0 to 100 years", text)
	}
	*s = Seconds(d)
	return nil
}

// String returns plain decimal seconds, as HEAT_FAIL_INTERVAL has them: "30",
// "1.5".
func (s Seconds) String() string {
	return strconv.FormatFloat(time.Duration(s).Seconds(), 'f', -1, 64)
}

// duration returns what s points to, or otherwise where it was not given.
func (s *Seconds) duration(otherwise time.Duration) time.Duration {
	if s == nil {
		return otherwise
	}
	return time.Duration(*s)
}
