package heat

import (
	"bytes"
	"fmt"
	"strconv"

	"clsh/heat/policy"
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
	i := 0
	for i < len(bounds) && seconds > bounds[i] {
		i++
	}
	h.Counts[i]++
	h.Sum += seconds
}

// valid tells whether a histogram that was read has the form of one of ours.
func (h *histogram) valid() bool { return h.Counts == nil || len(h.Counts) == len(buckets())+1 }

// metrics returns the text that Prometheus reads (exposition formats, "Text
// based format").
func (k *keeper) metrics(s policy.State) []byte {
	var b bytes.Buffer
	head := func(name, kind, help string) {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
	}
	head("heat_up", "gauge", "Whether the last check was good.")
	up := 0
	if k.totals.Up {
		up = 1
	}
	fmt.Fprintf(&b, "heat_up %d\n", up)
	head("heat_checks_total", "counter", "Checks by their result.")
	for v := policy.Good; v <= policy.Unrunnable; v++ {
		fmt.Fprintf(&b, "heat_checks_total{result=%q} %d\n", v.String(), k.totals.Checks[v.String()])
	}
	head("heat_check_duration_seconds", "histogram", "How long checks take.")
	k.totals.Durations.write(&b, "heat_check_duration_seconds")
	head("heat_consecutive_failures", "gauge", "Failed checks in a row.")
	fmt.Fprintf(&b, "heat_consecutive_failures %d\n", s.Row.Count)
	head("heat_last_success_timestamp_seconds", "gauge", "When the last good check began, in Unix time; 0: never.")
	fmt.Fprintf(&b, "heat_last_success_timestamp_seconds %d\n", k.totals.LastSuccess)
	head("heat_recoveries_total", "counter", "Recoveries by what came of them.")
	for _, result := range []string{recoveryProven, recoveryFailed} {
		fmt.Fprintf(&b, "heat_recoveries_total{result=%q} %d\n", result, k.totals.Recoveries[result])
	}
	head("heat_schedule_lateness_seconds", "gauge", "How late the last check began.")
	fmt.Fprintf(&b, "heat_schedule_lateness_seconds %s\n", number(k.lateness))
	return b.Bytes()
}

func (h *histogram) write(b *bytes.Buffer, name string) {
	var total uint64
	for i, bound := range buckets() {
		if h.Counts != nil {
			total += h.Counts[i]
		}
		fmt.Fprintf(b, "%s_bucket{le=%q} %d\n", name, number(bound), total)
	}
	if h.Counts != nil {
		total += h.Counts[len(h.Counts)-1]
	}
	fmt.Fprintf(b, "%s_bucket{le=\"+Inf\"} %d\n%s_sum %s\n%s_count %d\n", name, total, name, number(h.Sum), name, total)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
