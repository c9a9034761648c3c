package remote

import (
	_ "embed"
	"strings"
)

//go:embed stop.sh
var stopSource string

// Line returns a script of lines that end in semicolons, or may, as one line without comments, with
// stop.sh where it is asked for.
func Line(script string) string {
	script = strings.Replace(script, "#include stop.sh\n", stopSource, 1)
	var b strings.Builder
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}
