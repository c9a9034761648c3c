package record

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"clsh/runner/event"
)

// There may be millions of objects, and nearly all of them look alike. Those are put together, and
// taken apart, by hand: encoding/json takes several times as long. Everything else goes its way.

// The parts of the objects, as they are written.
const (
	lineHead   = `{"type":"line","host":`
	streamPart = `,"stream":"`
	dataPart   = `","data":`
	base64Part = `","data_base64":"`
	noEOLPart  = `,"eol":false`
	lineTail   = "}\n"

	grantHead = `{"type":"grant","host":`

	startHead = `{"type":"start","host":`
	atPart    = `,"at_ms":`

	againHead  = `{"type":"again","host":`
	numberPart = `","line":`

	exitHead     = `{"type":"exit","host":`
	rankPart     = `,"rank":`
	exitedPart   = `,"outcome":"exited","code":`
	durationPart = `,"duration_ms":`
	exitTail     = `,"reason":""}` + "\n"
)

// appendStart adds the object of a start.
func appendStart(b, quoted []byte, atMS int64) []byte {
	b = append(append(b, startHead...), quoted...)
	b = strconv.AppendInt(append(b, atPart...), atMS, 10)
	return append(b, lineTail...)
}

// appendAgain adds the object of output that repeats what leads to a line.
func appendAgain(b, quoted []byte, stream event.Stream, line int) []byte {
	b = append(append(b, againHead...), quoted...)
	b = append(append(b, streamPart...), streamName(stream)...)
	b = strconv.AppendInt(append(b, numberPart...), int64(line), 10)
	return append(b, lineTail...)
}

// appendExit adds the object of a host's end, if that has nothing but its code and its duration.
func appendExit(b, quoted []byte, e event.Event) (_ []byte, ok bool) {
	r := e.Result
	if r.Outcome != event.Exited || r.Signal != 0 || r.Refused || r.Reason != "" || r.Hint != "" || len(r.LeftRunning) > 0 ||
		r.NewKey != "" || r.Copied != "" || r.Digest != "" || r.Attempts > 1 {
		return b, false
	}
	b = append(append(b, exitHead...), quoted...)
	b = strconv.AppendInt(append(b, rankPart...), int64(e.Host), 10)
	b = strconv.AppendInt(append(b, exitedPart...), int64(r.Code), 10)
	b = strconv.AppendInt(append(b, durationPart...), r.Duration.Milliseconds(), 10)
	return append(b, exitTail...), true
}

// A cutter takes an object apart from its beginning. After the first part that is not there, ok is
// false.
type cutter struct {
	rest []byte
	ok   bool
}

// past skips a part.
func (c *cutter) past(part string) {
	if c.ok = c.ok && len(c.rest) >= len(part) && string(c.rest[:len(part)]) == part; c.ok {
		c.rest = c.rest[len(part):]
	}
}

// text takes a string with nothing in it to unescape.
func (c *cutter) text() []byte {
	c.past(`"`)
	end := bytes.IndexByte(c.rest, '"')
	if c.ok = c.ok && end >= 0 && plain(c.rest[:end]); !c.ok {
		return nil
	}
	text := c.rest[:end]
	c.rest = c.rest[end+1:]
	return text
}

// stream takes the name of a stream, behind its key.
func (c *cutter) stream() event.Stream {
	c.past(streamPart[:len(streamPart)-1])
	stream, known := streamOf(c.text())
	c.ok = c.ok && known
	return stream
}

// number takes a number that is not negative and has at most 9 digits: any int holds it.
func (c *cutter) number() (n int) {
	digits := 0
	for digits < min(len(c.rest), 10) && c.rest[digits] >= '0' && c.rest[digits] <= '9' {
		n = 10*n + int(c.rest[digits]-'0')
		digits++
	}
	leading := digits > 1 && c.rest[0] == '0' // no number of JSON's
	if c.ok = c.ok && digits > 0 && digits < 10 && !leading; c.ok {
		c.rest = c.rest[digits:]
	}
	return n
}

// whole reports whether all parts were there, and nothing else.
func (c *cutter) whole() bool { return c.ok && len(c.rest) == 0 }

// plainStart takes an object of appendStart's apart.
func plainStart(text []byte) (o startObject, ok bool) {
	c := cutter{text, true}
	c.past(startHead)
	host := c.text()
	c.past(atPart)
	at := c.number()
	if c.past(lineTail); !c.whole() {
		return o, false
	}
	return startObject{Type: "start", Host: string(host), AtMS: int64(at)}, true
}

// plainAgain takes an object of appendAgain's apart.
func plainAgain(text []byte) (o againObject, ok bool) {
	c := cutter{text, true}
	c.past(againHead)
	host := c.text()
	stream := c.stream()
	c.past(numberPart[1:])
	line := c.number()
	if c.past(lineTail); !c.whole() {
		return o, false
	}
	return againObject{Type: "again", Host: string(host), Stream: streamName(stream), Line: line}, true
}

// plainExit takes an object of appendExit's apart.
func plainExit(text []byte) (o exitObject, ok bool) {
	c := cutter{text, true}
	c.past(exitHead)
	host := c.text()
	c.past(rankPart)
	rank := c.number()
	c.past(exitedPart)
	code := c.number()
	c.past(durationPart)
	took := c.number()
	if c.past(exitTail); !c.whole() {
		return o, false
	}
	return exitObject{Type: "exit", Host: string(host), Rank: &rank, Outcome: event.Exited.String(), Code: &code, DurationMS: int64(took)}, true
}

// plainLine takes an object of appendLine's apart that has a whole line with nothing in it to
// unescape.
func plainLine(text []byte) (l outputLine, ok bool) {
	c := cutter{text, true}
	c.past(lineHead)
	l.host = c.text()
	l.stream = c.stream()
	c.past(dataPart[1:])
	l.data, l.eol = c.text(), true
	c.past(lineTail)
	return l, c.whole()
}

// plain tells whether b can stand in a JSON string as it is (RFC 8259).
func plain(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return utf8.Valid(b)
}
