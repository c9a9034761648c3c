package sink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// jsonPiece is how much of a line one object has at most.
const jsonPiece = 1 << 20

// jsonLines writes a run as objects, one a line: `line` for each line of
// output, `exit` for each host's end, `summary` at the end. The README has the
// schema.
type jsonLines struct {
	names  []string
	quoted [][]byte // the names as JSON strings
	place  *place
	pool   *spool.Pool
	begun  [][3]*spool.Spool // by rank and runner.Stream: a line that has not ended
	text   []byte            // such a line, put together
}

func newJSON(names []string, place *place, p *spool.Pool) *jsonLines {
	j := &jsonLines{names: names, quoted: make([][]byte, len(names)), place: place, pool: p, begun: make([][3]*spool.Spool, len(names))}
	for i, name := range names {
		j.quoted[i] = appendString(nil, []byte(name))
	}
	return j
}

// Event writes output and ends.
func (j *jsonLines) Event(e event.Event) error {
	switch e.Kind {
	case event.Output:
		return j.output(e)
	case event.Ended:
		return j.ended(e)
	}
	return nil
}

// output writes whole lines, and keeps the beginning of one.
func (j *jsonLines) output(e event.Event) error {
	for data := e.Data; len(data) > 0; {
		line, rest, eol := bytes.Cut(data, []byte{'\n'})
		data = rest
		if err := j.take(e.Host, e.Stream, line, eol); err != nil {
			return err
		}
	}
	return j.place.flush()
}

// take writes a line, or keeps its beginning, which is written once it is more
// than a piece.
func (j *jsonLines) take(host int, stream event.Stream, line []byte, eol bool) error {
	begun := &j.begun[host][stream]
	if *begun == nil {
		if eol && len(line) <= jsonPiece {
			return j.line(host, stream, line, true)
		}
		*begun = j.pool.New()
	}
	s := *begun
	if err := s.Append(line); err != nil {
		return err
	}
	if !eol && s.Size() <= jsonPiece {
		return nil
	}
	rest, err := j.pieces(host, stream, s)
	if err != nil {
		return err
	}
	if !eol {
		return s.Append(rest)
	}
	*begun = nil
	return j.line(host, stream, rest, true)
}

// pieces empties s, writes what is over a piece of it, and returns the rest.
func (j *jsonLines) pieces(host int, stream event.Stream, s *spool.Spool) ([]byte, error) {
	text, err := s.Collect(j.text[:0])
	if err != nil {
		return nil, err
	}
	j.text = text
	s.Reset()
	for len(text) > jsonPiece {
		n := runeCut(text, jsonPiece)
		if err := j.line(host, stream, text[:n], false); err != nil {
			return nil, err
		}
		text = text[n:]
	}
	return text, nil
}

// ended writes lines that the host left without a newline, and its end.
func (j *jsonLines) ended(e event.Event) error {
	for stream, s := range j.begun[e.Host] {
		if s == nil {
			continue
		}
		rest, err := j.pieces(e.Host, event.Stream(stream), s)
		if err != nil {
			return err
		}
		if err := j.line(e.Host, event.Stream(stream), rest, false); err != nil {
			return err
		}
	}
	j.begun[e.Host] = [3]*spool.Spool{}
	return j.object(newExit(j.names[e.Host], e))
}

// line collects the object of a line or a piece of one.
func (j *jsonLines) line(host int, stream event.Stream, text []byte, eol bool) error {
	j.place.buf = appendLine(j.place.buf, j.quoted[host], outputLine{stream: stream, data: text, eol: eol})
	if len(j.place.buf) >= flushSize {
		return j.place.flush()
	}
	return nil
}

// object writes an object that is not a line.
func (j *jsonLines) object(v any) error {
	var text []byte
	e := json.NewEncoder((*appender)(&text))
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write %s: %w", j.place.name, err)
	}
	// What it leaves as it is, reasons may hold.
	for _, r := range string(text) {
		if r == 0x7f || obeyed(r) {
			j.place.buf = fmt.Appendf(j.place.buf, `\u%04x`, r)
		} else {
			j.place.buf = utf8.AppendRune(j.place.buf, r)
		}
	}
	return j.place.flush()
}

// appender collects what is written to it.
type appender []byte

func (a *appender) Write(b []byte) (int, error) {
	*a = append(*a, b...)
	return len(b), nil
}

// Close writes the summary.
func (j *jsonLines) Close(sum *event.Summary) error {
	if sum == nil {
		return nil
	}
	return j.object(newSummary(sum))
}

// appendString adds text, which is valid UTF-8, as a JSON string (RFC 8259).
// Characters that terminals act on are escaped as well.
func appendString(dst, text []byte) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	begin := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < 0x7f {
			continue
		}
		if c >= utf8.RuneSelf && c != 0xc2 && c != 0xe2 { // those that are obeyed begin so
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			if r, n = utf8.DecodeRune(text[i:]); !obeyed(r) {
				i += n - 1
				continue
			}
		}
		dst = append(dst, text[begin:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\n':
			dst = append(dst, '\\', 'n')
		default:
			dst = append(dst, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		}
		i += n - 1
		begin = i + 1
	}
	return append(append(dst, text[begin:]...), '"')
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
