package sink

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"clsh/runner/event"
)

// newSink composes a sink as New does, with two buffers for the console.
func newSink(t testing.TB, c Config) (s event.Sink, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	c.Stdout, c.Stderr = stdout, stderr
	if c.Fold == nil {
		c.Fold = func(names []string) string { return strings.Join(names, ",") }
	}
	if c.TempDir == "" {
		c.TempDir = t.TempDir()
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s, stdout, stderr
}

// must hands events to s.
func must(t testing.TB, s event.Sink, events ...event.Event) {
	t.Helper()
	for _, e := range events {
		if err := s.Event(e); err != nil {
			t.Fatal(err)
		}
	}
}

// finish closes s with the summary of results, which it hands over as the
// hosts' ends where ended is nil.
func finish(t testing.TB, s event.Sink, results ...event.Result) {
	t.Helper()
	for host := range results {
		must(t, s, end(host, results[host]))
	}
	if err := s.Close(sum(results...)); err != nil {
		t.Fatal(err)
	}
}

func sum(results ...event.Result) *event.Summary {
	sum := &event.Summary{Hosts: len(results), Counts: map[event.Outcome]int{}}
	for _, r := range results {
		sum.Counts[r.Outcome]++
		if r.Outcome == event.Exited && r.Code == 0 {
			sum.OK++
		}
		sum.Code = max(sum.Code, r.Code)
	}
	return sum
}

func start(host int) event.Event { return event.Event{Kind: event.Started, Host: host} }

func out(host int, data string) event.Event {
	return event.Event{Kind: event.Output, Host: host, Stream: event.Stdout, Data: []byte(data)}
}

func errOut(host int, data string) event.Event {
	return event.Event{Kind: event.Output, Host: host, Stream: event.Stderr, Data: []byte(data)}
}

func end(host int, r event.Result) event.Event {
	return event.Event{Kind: event.Ended, Host: host, Result: &r}
}

func exited(code int) event.Result { return event.Result{Outcome: event.Exited, Code: code} }

// ends returns n hosts' successes.
func ends(n int) []event.Result {
	r := make([]event.Result, n)
	for i := range r {
		r[i] = exited(0)
	}
	return r
}

func equal(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, clip(got), clip(want))
	}
}

func clip(s string) string {
	if len(s) > 4000 {
		return s[:4000] + "…"
	}
	return s
}

// nasty returns n bytes of the kinds that other tools lose.
func nasty(r *rand.Rand, n int) []byte {
	bits := []string{"\n", "\n\n", "\x00", "\r", "\r\n", "\xff\xfe", "é", "漢", "\xe6\xbc", "h1: ", "a", " ", "\x1b[31m", strings.Repeat("x", 300)}
	var b []byte
	for len(b) < n {
		b = append(b, bits[r.IntN(len(bits))]...)
	}
	return b[:n]
}

// cut makes events of each host's two outputs: cut anywhere, in any order
// between hosts and streams. what is by host and stream.
func cut(r *rand.Rand, what [][3][]byte, piece int) []event.Event {
	rest := make([][3][]byte, len(what))
	copy(rest, what)
	var events []event.Event
	for {
		var open []event.Event
		for host := range rest {
			for stream := event.Stdout; stream <= event.Stderr; stream++ {
				if len(rest[host][stream]) > 0 {
					open = append(open, event.Event{Kind: event.Output, Host: host, Stream: stream})
				}
			}
		}
		if len(open) == 0 {
			return events
		}
		e := open[r.IntN(len(open))]
		data := rest[e.Host][e.Stream]
		n := min(len(data), 1+r.IntN(piece))
		e.Data = bytes.Clone(data[:n])
		rest[e.Host][e.Stream] = data[n:]
		events = append(events, e)
	}
}

// unlabel takes labelled lines apart again: what each of the names printed. It
// fails where a line has no label.
func unlabel(t testing.TB, names []string, text []byte) [][]byte {
	t.Helper()
	hosts := make([][]byte, len(names))
next:
	for line := range bytes.Lines(text) {
		for host, name := range names {
			if rest, ok := bytes.CutPrefix(line, []byte(name+": ")); ok {
				hosts[host] = append(hosts[host], rest...)
				continue next
			}
			if string(line) == name+":\n" { // silent
				continue next
			}
		}
		t.Fatalf("a line without a label: %q", clip(string(line)))
	}
	return hosts
}

// complete is b with its last line ended.
func complete(b []byte) []byte {
	if len(b) > 0 && b[len(b)-1] != '\n' {
		return append(bytes.Clone(b), '\n')
	}
	return b
}

// elapsed is a duration for results in tests.
func elapsed(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
