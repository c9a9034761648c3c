package sink

import (
	"strings"

	"clsh/runner"
)

// lost tells of hosts whose connection was lost or never came about:
//
//	ERROR: node1 connection lost
//	  ssh: connect to host node1 port 22: Connection refused
//
// The first line is the original's, to the letter.
type lost struct {
	names []string
	place *place
}

// Event reports a host that ended as lost or unreachable.
func (l *lost) Event(e runner.Event) error {
	if e.Kind != runner.Ended || e.Result.Outcome != runner.Lost && e.Result.Outcome != runner.Unreachable {
		return nil
	}
	var b strings.Builder
	b.WriteString("ERROR: " + l.names[e.Host] + " connection lost\n")
	for line := range strings.Lines(e.Result.Reason) {
		b.WriteString("  " + strings.TrimRight(line, "\r\n") + "\n")
	}
	return l.place.tell(b.String())
}

// Close has nothing to do.
func (l *lost) Close(*runner.Summary) error { return nil }
