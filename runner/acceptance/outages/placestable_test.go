//go:build cluster && linux

package outages

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// intervals is a time as docs/heat.md has it.
func intervals(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f intervals", d.Seconds()/pulse.Seconds())
}

// inWords is a result as docs/heat.md has it.
func inWords(result string) string {
	if result == "ok" {
		return "good"
	}
	return result
}

// worst joins the findings of all partitions that cut off as many places: they must be the same, and
// the longest times count. Where a check stays good, or unknown, there is nothing to report.
func worst(t *testing.T, found [partitions]finding, before string) (rows [placesCount + 1]finding) {
	t.Helper()
	for check, f := range found {
		row := &rows[lacks(check)]
		if row.result != "" && row.result != f.result {
			t.Errorf("with %d places cut off, the check is %s and %s", lacks(check), row.result, f.result)
		}
		row.result = f.result
		row.recovered = max(row.recovered, f.recovered)
		if f.result != before {
			row.reported = max(row.reported, f.reported)
		}
	}
	return rows
}

// choose is how many partitions cut off n of the places.
func choose(n int) int {
	all := 1
	for i := range n {
		all = all * (placesCount - i) / (i + 1)
	}
	return all
}

func tableRow(cells ...any) string {
	words := make([]string, len(cells))
	for i, cell := range cells {
		words[i] = fmt.Sprint(cell)
	}
	return "| " + strings.Join(words, " | ") + " |\n"
}

func monitorTable(t *testing.T, up, down [partitions]finding) string {
	t.Helper()
	text := "| cut off from heat | partitions | service up | reported after | service down | reported after | recovery after |\n" +
		"| --- | --- | --- | --- | --- | --- | --- |\n"
	lost, failed := worst(t, up, "ok"), worst(t, down, "unknown")
	for n := range lost {
		text += tableRow(fmt.Sprintf("%d of %d", n, placesCount), choose(n), inWords(lost[n].result), intervals(lost[n].reported),
			inWords(failed[n].result), intervals(failed[n].reported), intervals(failed[n].recovered))
	}
	return text
}

func serviceTable(t *testing.T, found [partitions]finding) string {
	t.Helper()
	text := "| cut off from the service | partitions | the check is | reported after | recovery after |\n| --- | --- | --- | --- | --- |\n"
	for n, f := range worst(t, found, "ok") {
		text += tableRow(fmt.Sprintf("%d of %d", n, placesCount), choose(n), inWords(f.result), intervals(f.reported), intervals(f.recovered))
	}
	return text
}
