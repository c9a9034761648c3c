package record

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// LongestObject is the length of the longest line of a record, in bytes.
const LongestObject = longestObject

// A Stream is a Writer for a record that is read while it is written: it also says when a command is
// handed to its shell. Its hosts get their names as they come.
type Stream struct {
	*Writer
	began time.Time
}

// NewStream returns a Stream of a run on count hosts. Lines that have not ended wait in pool.
func NewStream(count int, out io.Writer, pool *spool.Pool) *Stream {
	return &Stream{Writer: NewWriter(make([]string, count), out, pool), began: time.Now()}
}

// Name gives the host of rank its name. It must be called before the host's first event.
func (s *Stream) Name(rank int, name string) {
	s.names[rank], s.quoted[rank] = name, appendString(nil, []byte(name))
}

// Event writes starts, output and ends.
func (s *Stream) Event(e event.Event) error {
	if e.Kind == event.Started {
		s.buf = appendStart(s.buf, s.quoted[e.Host], e.Time.Sub(s.began).Milliseconds())
		return s.flush()
	}
	return s.Writer.Event(e)
}

// A Report is what one object says of a host. Its bytes may be parts of the text that was parsed.
type Report struct {
	Kind event.Kind // Started, Output or Ended; 0: the object is about no host
	Host string

	Stream event.Stream // of Output
	Data   []byte
	EOL    bool // the line ends here

	Rank   int // of Ended
	Result *event.Result
}

// Parse reads one line of a record, with its newline. Objects of types that are not known, and blank
// lines, are about no host.
func Parse(text []byte) (r Report, err error) {
	err = object(text, func(kind string, text []byte) error {
		switch kind {
		case "start":
			o, err := parseStart(text)
			r = Report{Kind: event.Started, Host: o.Host}
			return err
		case "line":
			l, err := parseLine(text)
			r = Report{Kind: event.Output, Host: string(l.host), Stream: l.stream, Data: l.data, EOL: l.eol}
			return err
		case "exit":
			o, err := parseExit(text)
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
