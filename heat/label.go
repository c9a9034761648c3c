package heat

import (
	"strconv"
	"time"
)

// A label is what begins heat's lines: the time, and the name of the check
// where it has one.
type label struct {
	iso  bool
	name string
}

// time returns a wall clock in seconds as the lines have it.
func (l label) time(unix int64) string {
	if l.iso {
		return time.Unix(unix, 0).Format(time.RFC3339)
	}
	return strconv.FormatInt(unix, 10)
}

// line returns the beginning of a line.
func (l label) line(unix int64) string {
	if l.name == "" {
		return l.time(unix) + ": "
	}
	return l.time(unix) + ": " + l.name + ": "
}
