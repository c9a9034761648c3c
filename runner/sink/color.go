package sink

import (
	"hash/fnv"
	"strings"

	"clsh/runner/event"
)

// When is the value of --color and --progress.
type When string

// The values of When; the zero value is Auto.
const (
	Auto   When = "auto"
	Always When = "always"
	Never  When = "never"
)

// coloured tells whether a stream gets colours: what the option says, else the
// environment (no-color.org, bixense.com/clicolors), else whether it is a
// terminal that knows them.
func coloured(when When, terminal bool, getenv func(string) string) bool {
	switch {
	case when == Always:
		return true
	case when == Never, getenv("NO_COLOR") != "":
		return false
	case getenv("CLICOLOR_FORCE") != "" && getenv("CLICOLOR_FORCE") != "0":
		return true
	case getenv("CLICOLOR") == "0", getenv("TERM") == "dumb":
		return false
	}
	return terminal
}

// A palette holds the colours of a stream, as parameters of SGR (ECMA-48,
// 8.3.117). The zero value paints nothing.
type palette struct {
	labels             []string
	red, yellow, green string
}

// palette returns the colours of a stream. A terminal with 256 colours gets those
// whose contrast with white and with black is at least 3; one with fewer gets those
// of its own that most themes keep readable on both. Labels are never red, which is
// left to what is wrong.
func (c *Config) palette(terminal bool) palette {
	switch {
	case !coloured(c.Color, terminal, c.Getenv):
		return palette{}
	case strings.Contains(c.Getenv("TERM"), "256color"), c.Getenv("COLORTERM") != "":
		var labels []string
		for _, n := range []string{"28", "30", "31", "62", "64", "66", "97", "100", "130", "132", "133"} {
			labels = append(labels, "38;5;"+n)
		}
		return palette{labels: labels, red: "38;5;160", yellow: "38;5;136", green: "38;5;28"}
	}
	return palette{labels: []string{"32", "34", "35", "36"}, red: "31", yellow: "33", green: "32"}
}

// paint returns text in a colour of p.
func (p palette) paint(sgr, text string) string {
	if sgr == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// outcome returns the colour of an end.
func (p palette) outcome(result *event.Result) string {
	switch {
	case result.Outcome == event.Exited && result.Code == 0:
		return p.green
	case result.Outcome == event.Lost, result.Outcome == event.Unreachable:
		return p.yellow
	case result.Outcome == event.Stopped, result.Outcome == event.NotStarted:
		return "" // as the user wanted it
	}
	return p.red
}

// hostLabels returns the label of each host. Its colour depends on the name
// alone, so that a host has the same one in every run.
func (p palette) hostLabels(names []string) [][]byte {
	if len(p.labels) == 0 {
		return plainLabels(names)
	}
	labels := make([][]byte, len(names))
	for i, name := range names {
		h := fnv.New32a()
		h.Write([]byte(name))
		labels[i] = []byte(p.paint(p.labels[h.Sum32()%uint32(len(p.labels))], name+":") + " ")
	}
	return labels
}
