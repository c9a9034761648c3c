package sink

import (
	"strings"

	"clsh/runner/event"
	"clsh/runner/sink/terminal"
)

// lost reports hosts whose connection was lost, and those that refused:
//
//	ERROR: node1 connection lost
//	  Timeout, server node1 not responding.
//	ERROR: node2 unreachable
//	  ssh: connect to host node2 port 22: Connection refused
//
// The first line is the Python clsh's, to the letter.
type lost struct {
	names  []string
	target *target
	ansi   terminal.Palette
	// bare leaves out reasons, and hosts that refused, as the Python clsh does.
	bare bool
}

// Event reports a host that was lost or unreachable.
func (l *lost) Event(e event.Event) error {
	if e.Kind != event.Ended || e.Result.Outcome != event.Lost && e.Result.Outcome != event.Unreachable {
		return nil
	}
	what := "unreachable"
	if e.Result.IsLost() {
		what = "connection lost"
	}
	if l.bare {
		if !e.Result.IsLost() {
			return nil
		}
		return l.target.print(l.ansi.Paint(l.ansi.Red, "ERROR:") + " " + l.names[e.Host] + " " + what + "\n")
	}
	var b strings.Builder
	b.WriteString(l.ansi.Paint(l.ansi.Red, "ERROR:") + " " + l.names[e.Host] + " " + what + "\n")
	for line := range strings.Lines(e.Result.Reason) {
		b.WriteString("  " + strings.TrimRight(line, "\r\n") + "\n")
	}
	if e.Result.Hint != "" {
		b.WriteString("  hint: " + e.Result.Hint + "\n")
	}
	return l.target.print(b.String())
}

// Close has nothing to do.
func (l *lost) Close(*event.Summary) error { return nil }
