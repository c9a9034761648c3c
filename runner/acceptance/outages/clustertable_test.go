//go:build cluster && linux

package outages

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The table of TestCluster in docs/failures.md, between two comments. It is
// written where CLSH_TEST_TABLE is set, else what was found is compared with
// it; times are only shown.

// A row is a line of the table.
type row struct {
	what    string
	outcome string // as --json has it
	// How long it took until that was reported, with a command and in the
	// interactive mode; 0: nothing is reported.
	batch, prompt time.Duration
	left          string // of the command, when the host can be reached again
}

// String is the row's line.
func (r row) String() string {
	cell := func(d time.Duration) string {
		if d == 0 {
			return "–"
		}
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return "| " + strings.Join([]string{r.what, r.outcome, cell(r.batch), cell(r.prompt), r.left}, " | ") + " |"
}

const (
	tableBegin = "<!-- written by scripts/test-cluster --table -->\n"
	tableEnd   = "<!-- end -->\n"
)

// tabulateRows compares the rows with those in the page about failures, or writes them there.
func tabulateRows(t *testing.T, rows []row) {
	t.Helper()
	var text strings.Builder
	text.WriteString("| what happens | outcome | reported after | with `-i` | left on the host |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range rows {
		text.WriteString(r.String() + "\n")
	}
	tabulate(t, "docs/failures.md", text.String())
}

// tabulate compares each line with those between the comments in a page, or writes them there.
func tabulate(t *testing.T, page, text string) {
	t.Helper()
	all, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(all), tableBegin)
	old, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		t.Fatalf("%s has no table between %q and %q", page, tableBegin, tableEnd)
	}
	if os.Getenv("CLSH_TEST_TABLE") != "" {
		if err := os.WriteFile(page, []byte(before+tableBegin+text+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for line := range strings.Lines(text) {
		if !strings.Contains(timeless(old), timeless(line)) {
			t.Errorf("%s says of it (times are not compared)\n%sbut it is\n%s\nscripts/test-cluster --table rewrites it", page, old, line)
		}
	}
}

var times = regexp.MustCompile(`\| [0-9.]+ (s|intervals)( \||$)`)

// timeless returns the table without its times.
func timeless(table string) string {
	// Twice, as two times beside each other share a stroke.
	return times.ReplaceAllString(times.ReplaceAllString(table, "| a time$2"), "| a time$2")
}
