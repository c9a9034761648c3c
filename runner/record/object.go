package record

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"clsh/runner/event"
)

// maxPiece is how much of a line one object has at most.
const maxPiece = 1 << 20

// lineObject, exitObject and summaryObject are the objects of a run's record, as they are written
// and read again. The one for a group of a rollout is in batch.go.
type lineObject struct {
	Type   string  `json:"type"`
	Host   string  `json:"host"`
	Stream string  `json:"stream"`
	Data   *string `json:"data"`
	Base64 []byte  `json:"data_base64"`
	EOL    *bool   `json:"eol"` // absent: true
}

type exitObject struct {
	Type        string   `json:"type"`
	Host        string   `json:"host"`
	Rank        *int     `json:"rank"`
	Outcome     string   `json:"outcome"`
	Code        *int     `json:"code,omitempty"`
	Signal      string   `json:"signal,omitempty"`
	Confirmed   *bool    `json:"confirmed,omitempty"`
	LeftRunning []string `json:"left_running,omitempty"`
	DurationMS  int64    `json:"duration_ms"`
	Refused     bool     `json:"refused,omitempty"`
	Reason      string   `json:"reason"`
	Hint        string   `json:"hint,omitempty"`
	NewKey      string   `json:"new_key,omitempty"`
	Copied      string   `json:"copied,omitempty"`
	Digest      string   `json:"digest,omitempty"`
	Attempts    int      `json:"attempts,omitempty"` // absent: 1
}

type summaryObject struct {
	Type        string `json:"type"`
	Hosts       int    `json:"hosts"`
	Exited      int    `json:"exited"`
	Signaled    int    `json:"signaled"`
	Timeout     int    `json:"timeout"`
	Lost        int    `json:"lost"`
	Unreachable int    `json:"unreachable"`
	Stopped     int    `json:"stopped"`
	NotStarted  int    `json:"not_started"`
	OK          int    `json:"ok"`
	Code        int    `json:"code"`
	Interrupt   string `json:"interrupt,omitempty"`
	StoppedBy   string `json:"stopped_by,omitempty"`
	StopReason  string `json:"stop_reason,omitempty"`
	DurationMS  int64  `json:"duration_ms"`
}

// appendLine adds the object of a line of output, or of a piece of one, of the
// host whose name is quoted.
func appendLine(b, quoted []byte, l outputLine) []byte {
	b = append(append(b, lineHead...), quoted...)
	b = append(append(b, streamPart...), streamName(l.stream)...)
	if utf8.Valid(l.data) {
		b = appendString(append(b, dataPart...), l.data)
	} else {
		b = base64.StdEncoding.AppendEncode(append(b, base64Part...), l.data)
		b = append(b, '"')
	}
	if !l.eol {
		b = append(b, noEOLPart...)
	}
	return append(b, lineTail...)
}

// outputLine is what a line's object tells. Its bytes may be parts of the text
// that was parsed.
type outputLine struct {
	host   []byte // the name; appendLine takes it quoted
	stream event.Stream
	data   []byte
	eol    bool // the line ends here
}

// parseLine reads a line's object.
func parseLine(text []byte) (outputLine, error) {
	if l, ok := plainLine(text); ok {
		return l, nil
	}
	var o lineObject
	if err := json.Unmarshal(text, &o); err != nil {
		return outputLine{}, err
	}
	l := outputLine{host: []byte(o.Host), data: o.Base64, eol: o.EOL == nil || *o.EOL}
	var known bool
	if l.stream, known = streamOf([]byte(o.Stream)); !known {
		return l, fmt.Errorf("unknown stream %q", o.Stream)
	}
	if o.Data != nil {
		l.data = []byte(*o.Data)
	}
	return l, nil
}

// streamName is a stream as the record calls it.
func streamName(s event.Stream) string {
	if s == event.Stderr {
		return "stderr"
	}
	return "stdout"
}

// streamOf is the stream of a name, and whether there is one.
func streamOf(name []byte) (event.Stream, bool) {
	switch string(name) {
	case streamName(event.Stdout):
		return event.Stdout, true
	case streamName(event.Stderr):
		return event.Stderr, true
	}
	return 0, false
}

// againObject says that a host has printed, on a stream, what leads to a line of those that were
// sent. It is sent by relays only.
type againObject struct {
	Type   string `json:"type"`
	Host   string `json:"host"`
	Stream string `json:"stream"`
	Line   int    `json:"line"`
}

// startObject says that a host's command is handed to its shell. A `grant`, which has no time, says
// that the host may be handed to a relay. Until the relay's word arrives that the command begins, or
// how the host ended, nobody here knows.
type startObject struct {
	Type string `json:"type"`
	Host string `json:"host"`
	AtMS int64  `json:"at_ms"` // since the run began
}

// parse reads an object: the way of plainStart, plainAgain or plainExit, or as any JSON.
func parse[T any](text []byte, plainly func(text []byte) (T, bool)) (o T, err error) {
	o, ok := plainly(text)
	if !ok {
		err = json.Unmarshal(text, &o)
	}
	return o, err
}

// newExit makes the object of a host's end.
func newExit(name string, e event.Event) exitObject {
	r := e.Result
	x := exitObject{
		Type: "exit", Host: name, Rank: &e.Host, Outcome: r.Outcome.String(), Signal: event.SignalName(r.Signal),
		LeftRunning: r.LeftRunning, DurationMS: r.Duration.Milliseconds(), Refused: r.Refused, Reason: r.Reason, Hint: r.Hint, NewKey: r.NewKey,
		Copied: string(r.Copied), Digest: r.Digest,
	}
	if r.Attempts > 1 {
		x.Attempts = r.Attempts
	}
	switch r.Outcome {
	case event.Stopped:
		x.Confirmed = &r.Confirmed
	case event.NotStarted:
	case event.Timeout:
		x.Confirmed = &r.Confirmed
		x.Code = &r.Code
	default:
		x.Code = &r.Code
	}
	return x
}

// result is what the object tells.
func (x *exitObject) result() (*event.Result, error) {
	if x.DurationMS < 0 || x.DurationMS > math.MaxInt64/int64(time.Millisecond) {
		return nil, fmt.Errorf("a duration of %d ms", x.DurationMS)
	}
	r := &event.Result{
		LeftRunning: x.LeftRunning, Refused: x.Refused, Reason: x.Reason, Hint: x.Hint, NewKey: x.NewKey,
		Copied: event.Copied(x.Copied), Digest: x.Digest, Attempts: x.Attempts, Duration: time.Duration(x.DurationMS) * time.Millisecond,
	}
	for _, o := range event.Outcomes() {
		if o.String() == x.Outcome {
			r.Outcome = o
		}
	}
	if r.Outcome == 0 {
		return nil, fmt.Errorf("unknown outcome %q", x.Outcome)
	}
	if x.Code != nil {
		r.Code = *x.Code
	}
	if r.Code < 0 || r.Code > 255 {
		return nil, fmt.Errorf("%d is no exit status", r.Code)
	}
	if strings.Contains(x.NewKey, "\n") { // the next would be a line of the summary
		return nil, fmt.Errorf("new_key %q is more than a line", x.NewKey)
	}
	switch r.Copied {
	case "", event.Changed, event.Unchanged, event.Differs, event.CopyFailed:
	default:
		return nil, fmt.Errorf("unknown end of a copy %q", x.Copied)
	}
	for _, process := range x.LeftRunning {
		if strings.Contains(process, "\n") {
			return nil, fmt.Errorf("left_running %q is more than a line", process)
		}
	}
	if x.Confirmed != nil {
		r.Confirmed = *x.Confirmed
	}
	r.Signal = signalNumber(x.Signal)
	return r, nil
}

// newSummary makes the object of a run's summary.
func newSummary(s *event.Summary) summaryObject {
	return summaryObject{
		Type: "summary", Hosts: s.Hosts,
		Exited: s.Counts[event.Exited], Signaled: s.Counts[event.Signaled], Timeout: s.Counts[event.Timeout],
		Lost: s.Counts[event.Lost], Unreachable: s.Counts[event.Unreachable],
		Stopped: s.Counts[event.Stopped], NotStarted: s.Counts[event.NotStarted],
		OK: s.OK, Code: s.Code, Interrupt: event.SignalName(s.Interrupt), StoppedBy: string(s.Stop.By), StopReason: s.Stop.Note, DurationMS: s.Duration.Milliseconds(),
	}
}

// parseSummary reads the object of a summary.
func parseSummary(text []byte) (*event.Summary, error) {
	var x summaryObject
	if err := json.Unmarshal(text, &x); err != nil {
		return nil, err
	}
	if x.DurationMS < 0 || x.DurationMS > math.MaxInt64/int64(time.Millisecond) {
		return nil, fmt.Errorf("a duration of %d ms", x.DurationMS)
	}
	if x.Code < 0 || x.Code > 255 {
		return nil, fmt.Errorf("%d is no exit status", x.Code)
	}
	if strings.Contains(x.StopReason, "\n") {
		return nil, fmt.Errorf("stop_reason %q is more than a line", x.StopReason)
	}
	return &event.Summary{
		Hosts: x.Hosts, OK: x.OK, Code: x.Code, Interrupt: signalNumber(x.Interrupt),
		Stop:     event.Stop{By: event.StopReason(x.StoppedBy), Note: x.StopReason},
		Duration: time.Duration(x.DurationMS) * time.Millisecond,
		Counts: map[event.Outcome]int{
			event.Exited: x.Exited, event.Signaled: x.Signaled, event.Timeout: x.Timeout, event.Lost: x.Lost,
			event.Unreachable: x.Unreachable, event.Stopped: x.Stopped, event.NotStarted: x.NotStarted,
		},
	}, nil
}

// signalNumber is the signal of a name, 0 where it is not known.
func signalNumber(name string) syscall.Signal {
	if name == "" {
		return 0
	}
	if s := unix.SignalNum(name); s != 0 {
		return s
	}
	var n int
	if _, err := fmt.Sscanf(name, "SIG%d", &n); err != nil {
		return 0
	}
	return syscall.Signal(n)
}
