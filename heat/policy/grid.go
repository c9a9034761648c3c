package policy

import "time"

// Grid is the instants at which checks are due: Origin + n × Period for n from
// Next on. Checks never push it, so it does not drift.
type Grid struct {
	Origin, Period time.Duration
	Next           int64
}

// Slot returns the first instant of the grid that is not in the past, and the
// grid without it and without those that were missed. The grid's very first
// instant counts as now, however late it is.
func (g Grid) Slot(now time.Duration) (time.Duration, Grid) {
	n := g.Next
	if late := now - g.at(n); n > 0 && late > 0 && g.Period > 0 {
		n += int64((late + g.Period - 1) / g.Period)
	}
	slot := g.at(n)
	g.Next = n + 1
	return slot, g
}

func (g Grid) at(n int64) time.Duration { return g.Origin + time.Duration(n)*g.Period }
