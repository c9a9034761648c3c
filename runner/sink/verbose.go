package sink

import (
	"bytes"

	"clsh/runner/event"
)

// verbose shows the messages of ssh and of logins (-v), with the host in brackets, so that
// nobody takes them for the command's output:
//
//	[node1] Welcome to Debian
//
// A message about the run itself has no host.
type verbose struct {
	names  []string
	target *target
}

// Event shows a note, with a newline at its end.
func (v *verbose) Event(e event.Event) error {
	if e.Kind == event.Message {
		v.target.add(e.Data)
		return v.target.flush()
	}
	if e.Kind != event.Note {
		return nil
	}
	for line := range bytes.Lines(e.Data) {
		v.target.buf = append(v.target.buf, "["+v.names[e.Host]+"] "...)
		v.target.add(line)
		if line[len(line)-1] != '\n' {
			v.target.add([]byte{'\n'})
		}
	}
	return v.target.flush()
}

// Close has nothing to do.
func (v *verbose) Close(*event.Summary) error { return nil }
