package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"clsh/runner/event"
	"clsh/runner/sanitize"
	"clsh/runner/spool"
)

// flushSize is how much is collected before it is written, where one event makes more.
const flushSize = 256 << 10

// objects puts the objects of a run's hosts together, and writes them.
type objects struct {
	names  []string
	quoted [][]byte // the names as JSON strings
	out    io.Writer
	buf    []byte // what is to be written, reused
}

// A Writer is a sink that writes a run as objects, one a line: `line` for each line of output,
// `exit` for each host's end, `batch` for the end of each group of a rollout, `summary` at the end
// (clsh-record(5)).
type Writer struct {
	objects
	pool  *spool.Pool
	begun [][3]*spool.Spool // by rank and event.Stream: a line that has not ended
	text  []byte            // such a line, put together
}

// NewWriter returns a Writer of a run on the hosts of those names, by rank. Lines that have not
// ended wait in pool. An error of out is the error of Event and Close.
func NewWriter(names []string, out io.Writer, pool *spool.Pool) *Writer {
	w := &Writer{objects: newObjects(len(names), out), pool: pool, begun: make([][3]*spool.Spool, len(names))}
	for i, name := range names {
		w.name(i, name)
	}
	return w
}

func newObjects(count int, out io.Writer) objects {
	return objects{names: make([]string, count), quoted: make([][]byte, count), out: out}
}

// name gives the host of rank its name.
func (o *objects) name(rank int, name string) {
	o.names[rank], o.quoted[rank] = name, appendString(nil, []byte(name))
}

// flush writes what has been collected.
func (o *objects) flush() error {
	if len(o.buf) == 0 {
		return nil
	}
	_, err := o.out.Write(o.buf)
	o.buf = o.buf[:0]
	return err
}

// Event writes output, and the ends of hosts and groups.
func (w *Writer) Event(e event.Event) error {
	switch e.Kind {
	case event.Output:
		return w.output(e)
	case event.Ended:
		return w.ended(e)
	case event.BatchEnded:
		return w.object(newBatch(e.Batch))
	}
	return nil
}

// output writes whole lines, and keeps the beginning of one.
func (w *Writer) output(e event.Event) error {
	for data := e.Data; len(data) > 0; {
		line, rest, eol := bytes.Cut(data, []byte{'\n'})
		data = rest
		if err := w.take(e.Host, e.Stream, line, eol); err != nil {
			return err
		}
	}
	return w.flush()
}

// take writes a line, or keeps its beginning, which is written once it is more
// than a piece.
func (w *Writer) take(host int, stream event.Stream, line []byte, eol bool) error {
	begun := &w.begun[host][stream]
	if *begun == nil && eol && len(line) <= maxPiece {
		return w.line(host, stream, line, true)
	}
	if err := w.pool.AppendTo(begun, line); err != nil {
		return err
	}
	s := *begun
	if !eol && s.Size() <= maxPiece {
		return nil
	}
	rest, err := w.pieces(host, stream, s)
	if err != nil {
		return err
	}
	if !eol {
		return s.Append(rest)
	}
	*begun = nil
	return w.line(host, stream, rest, true)
}

// pieces empties s, writes what is over a piece of it, and returns the rest.
func (w *Writer) pieces(host int, stream event.Stream, s *spool.Spool) ([]byte, error) {
	text, err := s.Collect(w.text[:0])
	if err != nil {
		return nil, err
	}
	w.text = text
	s.Reset()
	for len(text) > maxPiece {
		n := runeCut(text, maxPiece)
		if err := w.line(host, stream, text[:n], false); err != nil {
			return nil, err
		}
		text = text[n:]
	}
	return text, nil
}

// ended writes lines that the host left without a newline, and its end.
func (w *Writer) ended(e event.Event) error {
	for stream, s := range w.begun[e.Host] {
		if s == nil {
			continue
		}
		rest, err := w.pieces(e.Host, event.Stream(stream), s)
		if err != nil {
			return err
		}
		if err := w.line(e.Host, event.Stream(stream), rest, false); err != nil {
			return err
		}
	}
	w.begun[e.Host] = [3]*spool.Spool{}
	return w.exit(e)
}

// exit writes a host's end.
func (o *objects) exit(e event.Event) error {
	var plain bool
	if o.buf, plain = appendExit(o.buf, o.quoted[e.Host], e); plain {
		return o.flush()
	}
	return o.object(newExit(o.names[e.Host], e))
}

// line collects the object of a line or a piece of one.
func (o *objects) line(host int, stream event.Stream, text []byte, eol bool) error {
	o.buf = appendLine(o.buf, o.quoted[host], outputLine{stream: stream, data: text, eol: eol})
	if len(o.buf) >= flushSize {
		return o.flush()
	}
	return nil
}

// object writes an object that is not a line.
func (o *objects) object(v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write an object: %w", err)
	}
	// What it leaves as it is, reasons may hold.
	for _, r := range text.String() {
		if r == 0x7f || sanitize.IsControl(r) {
			o.buf = fmt.Appendf(o.buf, `\u%04x`, r)
		} else {
			o.buf = utf8.AppendRune(o.buf, r)
		}
	}
	return o.flush()
}

// Close writes the summary.
func (o *objects) Close(sum *event.Summary) error {
	if sum == nil {
		return nil
	}
	return o.object(newSummary(sum))
}

// runeCut returns where to cut text, at n or shortly before it, so that no
// rune is cut in two.
func runeCut(text []byte, n int) int {
	for i := n; i > n-utf8.UTFMax && i > 0; i-- {
		if utf8.RuneStart(text[i]) {
			return i
		}
	}
	return n
}
