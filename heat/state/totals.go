package state

import (
	"slices"

	"clsh/heat/history"
)

// totals are the counters that survive a restart.
type totals struct {
	Checks      map[string]uint64 `json:"checks"`     // by result
	Recoveries  map[string]uint64 `json:"recoveries"` // by result
	Durations   histogram         `json:"durations"`
	Up          bool              `json:"up"`
	LastSuccess int64             `json:"last_success"` // wall clock, s; 0: never
	Days        []history.Day     `json:"days,omitempty"`
}

// The results of recoveries.
const (
	recoveryProven = "proven"
	recoveryFailed = "failed"
)

// buckets returns the upper bounds, in seconds, of the histogram of the
// checks' durations.
func buckets() []float64 {
	return []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
}

// histogram counts durations; Counts has one more for those beyond the last
// bound.
type histogram struct {
	Counts []uint64 `json:"counts"`
	Sum    float64  `json:"sum"` // s
}

func (h *histogram) add(seconds float64) {
	bounds := buckets()
	if h.Counts == nil {
		h.Counts = make([]uint64, len(bounds)+1)
	}
	i, _ := slices.BinarySearch(bounds, seconds)
	h.Counts[i]++
	h.Sum += seconds
}

// valid reports whether a histogram that was read has the form of one of ours.
func (h *histogram) valid() bool { return h.Counts == nil || len(h.Counts) == len(buckets())+1 }
