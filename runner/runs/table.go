package runs

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	eastasian "golang.org/x/text/width"

	"clsh/runner/sanitize"
)

// WriteTable writes a line for each run: its four letters, age, duration, outcomes, hosts and
// command. With columns, more than 0, each line is cut to that width.
//
//	kxqb  3m ago  12.1s  97 ok, 2 exit 1, 1 lost  node[1-100]  apt upgrade
func WriteTable(w io.Writer, list []Info, columns int, now time.Time) error {
	// Columns are aligned up to these widths; longer texts are cut, or push the next ones.
	most := []int{20, 9, 6, 30, 24}
	// A list has one line for each run, whatever is in its command.
	oneLine := strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`, "\x1b", "^[")
	rows := make([][]string, 0, len(list))
	widths := make([]int, len(most))
	for _, info := range list {
		row := []string{
			Short(info.ID), age(now.Sub(info.Time)), took(time.Duration(info.DurationMS) * time.Millisecond), info.outcomes(),
			sanitize.Text(info.Hosts), sanitize.Text(oneLine.Replace(string(info.Command))),
		}
		for i := range widths {
			widths[i] = max(widths[i], min(width(row[i]), most[i]))
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, text := range row[:len(widths)] {
			if columns > 0 && i == len(widths)-1 {
				text = cut(text, widths[i])
			}
			line += text + strings.Repeat(" ", max(widths[i]-width(text), 0)) + "  "
		}
		line += row[len(widths)]
		if columns > 0 {
			line = cut(line, columns)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes an object for each run, one a line.
func WriteJSON(w io.Writer, s *Store, list []Info) error {
	var b strings.Builder
	for _, info := range list {
		line, err := json.Marshal(s.Whole(info))
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// age says how long ago something was: "12s ago", "3h ago".
func age(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds ago", max(d, 0)/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm ago", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%dh ago", d/time.Hour)
	}
	return fmt.Sprintf("%dd ago", d/day)
}

// took writes a duration: 0.3s, 12.1s, 4m05s, 3h12m.
func took(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// width is how many columns text takes. East Asian characters take two (UAX #11: wide and
// fullwidth), combining ones none.
func width(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch eastasian.LookupRune(r).Kind() {
	case eastasian.EastAsianWide, eastasian.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cut returns as much of text as fits into so many columns, the last of which says that there is
// more.
func cut(text string, columns int) string {
	if width(text) <= columns {
		return text
	}
	const more = "…"
	used, end := 0, 0
	for i, r := range text {
		if used += runeWidth(r); used > columns-1 {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return text[:end] + more
}
