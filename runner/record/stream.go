package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"clsh/runner/event"
)

// A Stream writes what a relay reports of its hosts, who get their names as they come: objects that
// are read while they are written. Beside those of a record, one says when a command is handed to its
// shell, and one that a host has printed what another did.
type Stream struct {
	objects
	began time.Time
}

// NewStream returns a Stream of a run on count hosts.
func NewStream(count int, out io.Writer) *Stream {
	return &Stream{objects: newObjects(count, out), began: time.Now()}
}

// Name gives the host of rank its name. It must be called before the host's first event.
func (s *Stream) Name(rank int, name string) { s.name(rank, name) }

// Event writes starts and ends.
func (s *Stream) Event(e event.Event) error {
	switch e.Kind {
	case event.Started:
		s.buf = appendStart(s.buf, s.quoted[e.Host], e.Time.Sub(s.began).Milliseconds())
		return s.flush()
	case event.Ended:
		return s.exit(e)
	}
	return nil
}

// Line collects a line of output with its newline, or a piece of one.
func (s *Stream) Line(rank int, stream event.Stream, text []byte) error {
	line, eol := bytes.CutSuffix(text, []byte{'\n'})
	return s.line(rank, stream, line, eol)
}

// Again collects that the host of rank has printed what leads to a line, by a number that sender
// and reader agree on.
func (s *Stream) Again(rank int, stream event.Stream, line int) {
	s.buf = appendAgain(s.buf, s.quoted[rank], stream, line)
}

// Flush writes what was collected.
func (s *Stream) Flush() error { return s.flush() }

// A Report is what one object says of a host. Its bytes may be parts of the text that was parsed.
type Report struct {
	Kind event.Kind // Started, Output or Ended; 0: the object is about no host
	Host string

	Stream event.Stream // of Output
	Data   []byte
	EOL    bool // the line ends here
	Again  bool // there is no Data: the host has printed what leads to Line
	Line   int

	Rank   int // of Ended
	Result *event.Result
}

// Parse reads one line of a record, with its newline. Objects of types that are not known, and blank
// lines, are about no host.
func Parse(text []byte) (r Report, err error) {
	err = object(text, func(kind string, text []byte) error {
		switch kind {
		case "start":
			o, err := parse(text, plainStart)
			r = Report{Kind: event.Started, Host: o.Host}
			return err
		case "line":
			l, err := parseLine(text)
			r = Report{Kind: event.Output, Host: string(l.host), Stream: l.stream, Data: l.data, EOL: l.eol}
			return err
		case "again":
			o, err := parse(text, plainAgain)
			if err != nil {
				return err
			}
			stream, known := streamOf([]byte(o.Stream))
			if !known {
				return fmt.Errorf("unknown stream %q", o.Stream)
			}
			r = Report{Kind: event.Output, Host: o.Host, Stream: stream, Again: true, Line: o.Line}
			return nil
		case "exit":
			o, err := parse(text, plainExit)
			if err != nil {
				return err
			}
			r = Report{Kind: event.Ended, Host: o.Host}
			return r.end(&o)
		}
		return nil
	})
	return r, err
}

// end takes the end of a host.
func (r *Report) end(o *exitObject) (err error) {
	if o.Rank == nil {
		return errors.New("an exit without a rank")
	}
	if strings.ContainsAny(o.Reason+o.Hint, "\r\n") {
		return fmt.Errorf("reason %q is more than a line", o.Reason+o.Hint)
	}
	r.Rank = *o.Rank
	r.Result, err = o.result()
	if err == nil && r.Result.Attempts == 0 && r.Result.Outcome != event.NotStarted {
		r.Result.Attempts = 1 // as the object leaves it out
	}
	return err
}
