package sink

import (
	"hash/fnv"

	"github.com/fatih/color"
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

// colouredLabels returns labels whose colour depends on the name alone, so that
// a host has the same one in every run. Red is left to what is wrong.
func colouredLabels(names []string) [][]byte {
	palette := []color.Attribute{
		color.FgGreen, color.FgYellow, color.FgBlue, color.FgMagenta, color.FgCyan,
		color.FgHiGreen, color.FgHiYellow, color.FgHiBlue, color.FgHiMagenta, color.FgHiCyan,
	}
	paint := make([]*color.Color, len(palette))
	for i, attribute := range palette {
		paint[i] = color.New(attribute)
		paint[i].EnableColor() // decided for each stream, not by the package
	}
	labels := make([][]byte, len(names))
	for i, name := range names {
		h := fnv.New32a()
		h.Write([]byte(name))
		labels[i] = []byte(paint[h.Sum32()%uint32(len(paint))].Sprint(name+":") + " ")
	}
	return labels
}
