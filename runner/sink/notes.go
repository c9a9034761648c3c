package sink

import (
	"bytes"

	"clsh/runner/event"
)

// notes shows what ssh and the logins say besides (-v), with the host in
// brackets, so that it is not taken for the command's output:
//
//	[node1] Welcome to Debian
type notes struct {
	names []string
	place *place
}

// Event shows a note, with a newline at its end.
func (n *notes) Event(e event.Event) error {
	if e.Kind != event.Note {
		return nil
	}
	for line := range bytes.Lines(e.Data) {
		n.place.buf = append(n.place.buf, "["+n.names[e.Host]+"] "...)
		n.place.add(line)
		if line[len(line)-1] != '\n' {
			n.place.add([]byte{'\n'})
		}
	}
	return n.place.flush()
}

// Close has nothing to do.
func (n *notes) Close(*event.Summary) error { return nil }
