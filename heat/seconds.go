package heat

import (
	"strconv"
	"time"

	"clsh/runner/duration"
)

// Seconds is a duration as it is given on the command line (package duration).
type Seconds time.Duration

// UnmarshalText reads a duration.
func (s *Seconds) UnmarshalText(text []byte) error {
	d, err := duration.Parse(string(text))
	if err != nil {
		return err
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
