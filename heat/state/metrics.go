package state

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"clsh/heat/policy"
)

// metrics returns the text that Prometheus reads (exposition formats, "Text
// based format"). With --name, each sample has it as check="NAME", so that
// several heats can share a collector's directory. lateness is that of the last check, in seconds.
func metrics(check string, t *totals, lateness float64, p policy.State) []byte {
	m := exposition{check: check}
	m.head("heat_up", "gauge", "Whether the last check was good.")
	up := 0
	if t.Up {
		up = 1
	}
	m.sample("heat_up", up)
	m.head("heat_checks_total", "counter", "Checks by their result.")
	for v := policy.Good; v <= policy.Unrunnable; v++ {
		m.sample("heat_checks_total", t.Checks[v.String()], "result", v.String())
	}
	m.head("heat_check_duration_seconds", "histogram", "How long checks take.")
	m.histogram("heat_check_duration_seconds", &t.Durations)
	m.head("heat_consecutive_failures", "gauge", "Failed checks in a row.")
	m.sample("heat_consecutive_failures", p.Streak.Count)
	m.head("heat_last_success_timestamp_seconds", "gauge", "When the last good check began, in Unix time; 0: never.")
	m.sample("heat_last_success_timestamp_seconds", t.LastSuccess)
	m.head("heat_recoveries_total", "counter", "Recoveries by what came of them.")
	for _, result := range []string{recoveryProven, recoveryFailed} {
		m.sample("heat_recoveries_total", t.Recoveries[result], "result", result)
	}
	m.head("heat_schedule_lateness_seconds", "gauge", "How late the last check began.")
	m.sample("heat_schedule_lateness_seconds", lateness)
	return m.Bytes()
}

// exposition is the text of the metrics of one check.
type exposition struct {
	bytes.Buffer
	check string
}

func (m *exposition) head(name, kind, help string) {
	fmt.Fprintf(m, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// sample writes one sample, of an integer or a float64. labels are names and values in turn.
func (m *exposition) sample(name string, value any, labels ...string) {
	if m.check != "" {
		labels = append([]string{"check", m.check}, labels...)
	}
	m.WriteString(name)
	for i := 0; i < len(labels); i += 2 {
		sep := ','
		if i == 0 {
			sep = '{'
		}
		fmt.Fprintf(m, `%c%s="%s"`, sep, labels[i], escapeLabel(labels[i+1]))
	}
	if len(labels) > 0 {
		m.WriteByte('}')
	}
	fmt.Fprintf(m, " %v\n", value)
}

func (m *exposition) histogram(name string, h *histogram) {
	var total uint64
	for i, bound := range append(buckets(), math.Inf(1)) {
		if h.Counts != nil {
			total += h.Counts[i]
		}
		m.sample(name+"_bucket", total, "le", fmt.Sprint(bound))
	}
	m.sample(name+"_sum", h.Sum)
	m.sample(name+"_count", total)
}

// escapeLabel escapes a label's value as the format wants it.
func escapeLabel(v string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(v)
}
