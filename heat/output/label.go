package output

import (
	"strconv"
	"time"
)

// A Label is what begins heat's lines: the time, and the name of the check
// where it has one.
type Label struct {
	ISO  bool
	Name string
}

// Time returns a wall clock in seconds as the lines have it.
func (l Label) Time(unix int64) string {
	if l.ISO {
		return time.Unix(unix, 0).Format(time.RFC3339)
	}
	return strconv.FormatInt(unix, 10)
}

// Line returns the beginning of a line.
func (l Label) Line(unix int64) string {
	if l.Name == "" {
		return l.Time(unix) + ": "
	}
	return l.Time(unix) + ": " + l.Name + ": "
}
