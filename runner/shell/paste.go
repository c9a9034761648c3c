package shell

import (
	"bytes"
	"strings"
)

// The marks around a paste (xterm, "Bracketed Paste Mode"), and what turns them
// on and off.
const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
	pasteOn    = "\x1b[?2004h"
	pasteOff   = "\x1b[?2004l"
)

// lineEnd stands for a line end within a line.
const lineEnd = "↵"

// A pasteFilter makes one line of a paste, which does not run by itself.
type pasteFilter struct {
	inside bool
	held   []byte // what may be the beginning of a mark
	ends   int    // line ends in the paste that nothing has followed yet
}

// filter returns what is to be taken as typed of b.
func (f *pasteFilter) filter(b []byte) []byte {
	b = append(f.held, b...)
	f.held = nil
	var out []byte
	for len(b) > 0 {
		mark := pasteBegin
		if f.inside {
			mark = pasteEnd
		}
		switch {
		case bytes.HasPrefix(b, []byte(mark)):
			f.inside, f.ends = !f.inside, 0
			b = b[len(mark):]
			continue
		case strings.HasPrefix(mark, string(b)):
			// A single ESC waits as well: the editor does nothing for it alone.
			f.held = bytes.Clone(b)
			return out
		case !f.inside:
			out = append(out, b[0])
		case b[0] == '\r' || b[0] == '\n':
			f.ends++
		case b[0] >= ' ' && b[0] != 0x7f || b[0] == '\t':
			// A line end at the end of the paste is left out.
			out = append(out, strings.Repeat(lineEnd, f.ends)...)
			f.ends = 0
			if b[0] == '\t' {
				b[0] = ' ' // it would ask for a completion
			}
			out = append(out, b[0])
		}
		b = b[1:]
	}
	return out
}
