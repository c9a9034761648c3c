package terminal

import (
	"hash/fnv"
	"strings"

	"clsh/runner/event"
)

// A Palette holds the colours of a stream, as parameters of SGR (ECMA-48,
// 8.3.117). The zero value paints nothing.
type Palette struct {
	Red, Yellow, Green string
	labels             []string
}

// NewPalette returns the colours for the terminal that the environment describes. A
// terminal with 256 colours gets those whose contrast with white and with black is
// at least 3; another gets those of its own that most themes keep readable on both.
// Labels are never red: red means failure.
func NewPalette(getenv func(string) string) Palette {
	if strings.Contains(getenv("TERM"), "256color") || getenv("COLORTERM") != "" {
		var labels []string
		for _, n := range []string{"28", "30", "31", "62", "64", "66", "97", "100", "130", "132", "133"} {
			labels = append(labels, "38;5;"+n)
		}
		return Palette{labels: labels, Red: "38;5;160", Yellow: "38;5;136", Green: "38;5;28"}
	}
	return Palette{labels: []string{"32", "34", "35", "36"}, Red: "31", Yellow: "33", Green: "32"}
}

// Paint returns text in a colour of p; an empty sgr leaves text as it is.
func (p Palette) Paint(sgr, text string) string {
	if sgr == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// Outcome returns the colour for how a host ended. An end that the user asked for
// has none.
func (p Palette) Outcome(result *event.Result) string {
	switch {
	case result.Outcome == event.Exited && result.Code == 0:
		return p.Green
	case result.Outcome == event.Lost, result.Outcome == event.Unreachable:
		return p.Yellow
	case result.Outcome == event.Stopped, result.Outcome == event.NotStarted:
		return ""
	}
	return p.Red
}

// Labels returns the label `HOST: ` of each name. Its colour depends on the name
// alone, so that a host has the same colour in every run.
func (p Palette) Labels(names []string) [][]byte {
	labels := make([][]byte, len(names))
	for i, name := range names {
		colour := ""
		if len(p.labels) > 0 {
			h := fnv.New32a()
			h.Write([]byte(name))
			colour = p.labels[h.Sum32()%uint32(len(p.labels))]
		}
		labels[i] = []byte(p.Paint(colour, name+":") + " ")
	}
	return labels
}
