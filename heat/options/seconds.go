package options

import (
	"time"

	"clsh/heat/words"
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

// String returns plain decimal seconds: "30", "1.5".
func (s Seconds) String() string { return words.Seconds(time.Duration(s)) }

// Or returns what s points to, or otherwise if it was not given.
func (s *Seconds) Or(otherwise time.Duration) time.Duration {
	if s == nil {
		return otherwise
	}
	return time.Duration(*s)
}
