// Package history keeps what became of a check on each of the last 90 days, and shows it: as a page
// for a browser, and as text for a terminal.
//
// A day is one of the local calendar. It has counts of checks and nothing of what they are: no
// command, no URL, no output, so that a page can be public. The page is one file without a script; it
// can be read without style and without colours.
package history

import (
	"fmt"
	"slices"
	"time"
)

// Days is how many days are kept.
const Days = 90

// A Day counts the checks of a day by their results.
type Day struct {
	Date    string `json:"date"` // 2006-01-02
	Good    int    `json:"good,omitempty"`
	Failed  int    `json:"failed,omitempty"`
	Unknown int    `json:"unknown,omitempty"` // neither of these
}

// Add counts one check of now: good, failed or neither. days are in turn, the last one at the end.
func Add(days []Day, now time.Time, good, failed bool) []Day {
	date := now.Format(time.DateOnly)
	if n := len(days); n == 0 || days[n-1].Date < date {
		days = append(days, Day{Date: date})
		days = days[max(len(days)-Days, 0):]
	}
	d := &days[len(days)-1] // also if the clock was set back
	switch {
	case good:
		d.Good++
	case failed:
		d.Failed++
	default:
		d.Unknown++
	}
	return days
}

// A Check is what is shown of one.
type Check struct {
	Name  string
	State string // ok, failed, flapping, gave-up, unknown
	Since int64  // Unix time of the state's begin; 0: not known
	Days  []Day
}

// A level is what a day is shown as.
type level byte

const (
	none    level = '.' // nothing is known
	good    level = '|'
	partly  level = '!' // less than half of the checks failed
	failed  level = 'X'
	unknown level = '?' // no check said anything
)

func (d Day) level() level {
	switch {
	case d.Good+d.Failed+d.Unknown == 0:
		return none
	case d.Good+d.Failed == 0:
		return unknown
	case d.Failed == 0:
		return good
	case 2*d.Failed < d.Good+d.Failed:
		return partly
	}
	return failed
}

// bar returns the days until now.
func (c Check) bar(now time.Time) (days []Day) {
	for n := Days - 1; n >= 0; n-- {
		date := now.AddDate(0, 0, -n).Format(time.DateOnly)
		day := Day{Date: date}
		if i := slices.IndexFunc(c.Days, func(d Day) bool { return d.Date == date }); i >= 0 {
			day = c.Days[i]
		}
		days = append(days, day)
	}
	return days
}

// share says how many of the checks of days were good.
func share(days []Day) string {
	goods, all := 0, 0
	for _, d := range days {
		goods += d.Good
		all += d.Good + d.Failed
	}
	switch {
	case all == 0:
		return "no checks"
	case goods == all:
		return "100 % good"
	}
	// Not rounded up: 100 % would be wrong.
	return fmt.Sprintf("%d.%02d %% good", goods*100/all, goods*10000/all%100)
}

// since says since when the state is so.
func (c Check) since() string {
	if c.Since == 0 || c.State == "unknown" {
		return ""
	}
	return " since " + time.Unix(c.Since, 0).Format("2006-01-02 15:04")
}
