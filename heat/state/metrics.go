package state

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"clsh/heat/policy"
)

// metrics returns the text that Prometheus reads (exposition formats, "Text
// based format"). With --name, each sample has it as check="NAME", so that
// several heats can share a collector's directory. lateness is that of the last check, in seconds.
func metrics(check string, t *totals, lateness float64, p policy.State) []byte {
	m := exposition{check: check}
	m.head("heat_up", "gauge", "Whether the last check was good.")
	up := "0"
	if t.Up {
		up = "1"
	}
	m.sample("heat_up", up)
	m.head("heat_checks_total", "counter", "Checks by their result.")
	for v := policy.Good; v <= policy.Unrunnable; v++ {
		m.sample("heat_checks_total", decimal(t.Checks[v.String()]), "result", v.String())
	}
	m.head("heat_check_duration_seconds", "histogram", "How long checks take.")
	m.histogram("heat_check_duration_seconds", &t.Durations)
	m.head("heat_consecutive_failures", "gauge", "Failed checks in a row.")
	m.sample("heat_consecutive_failures", strconv.Itoa(p.Streak.Count))
	m.head("heat_last_success_timestamp_seconds", "gauge", "When the last good check began, in Unix time; 0: never.")
	m.sample("heat_last_success_timestamp_seconds", strconv.FormatInt(t.LastSuccess, 10))
	m.head("heat_recoveries_total", "counter", "Recoveries by what came of them.")
	for _, result := range []string{recoveryProven, recoveryFailed} {
		m.sample("heat_recoveries_total", decimal(t.Recoveries[result]), "result", result)
	}
	m.head("heat_schedule_lateness_seconds", "gauge", "How late the last check began.")
	m.sample("heat_schedule_lateness_seconds", number(lateness))
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

// sample writes one sample. labels are names and values in turn.
func (m *exposition) sample(name, value string, labels ...string) {
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
	m.WriteString(" " + value + "\n")
}

func (m *exposition) histogram(name string, h *histogram) {
	var total uint64
	for i, bound := range buckets() {
		if h.Counts != nil {
			total += h.Counts[i]
		}
		m.sample(name+"_bucket", decimal(total), "le", number(bound))
	}
	if h.Counts != nil {
		total += h.Counts[len(h.Counts)-1]
	}
	m.sample(name+"_bucket", decimal(total), "le", "+Inf")
	m.sample(name+"_sum", number(h.Sum))
	m.sample(name+"_count", decimal(total))
}

// escapeLabel escapes a label's value as the format wants it.
func escapeLabel(v string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(v)
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
