package relay

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/event"
	"clsh/runner/record"
)

// testRoom is for the trees of the tests.
const testRoom = 1 << 16

// exchange is what went over the link with relay r0, recorded: its lines, and its record of n0 to n2.
func exchange(t *testing.T) (there, back []byte) {
	t.Helper()
	job := &Job{Protocol: protocol, Command: "uptime; \"\x00\xff\n", Count: 4, Most: 3, Room: testRoom, Options: []record.Text{"--user=me"}}
	for _, l := range []line{
		{kind: jobLine, job: job}, {kind: grantLine, rank: 0, name: "n0"}, {kind: grantLine, rank: 1, name: "n1"}, {kind: pingLine},
		{kind: grantLine, rank: 2, name: "n2"}, {kind: drainLine}, {kind: stopLine, signal: syscall.SIGINT}, {kind: killLine},
	} {
		var err error
		if there, err = l.append(there); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "Welcome\n%s%d v1\n", hello, protocol)
	s := record.NewStream(4, &out)
	reports := newReporter(testRoom, s)
	for rank := range 3 {
		s.Name(rank, fmt.Sprintf("n%d", rank))
	}
	now := time.Now()
	exit := func(rank int, r event.Result) event.Event {
		return event.Event{Kind: event.Ended, Host: rank, Result: &r}
	}
	for _, e := range []event.Event{
		{Kind: event.Started, Host: 0, Time: now}, {Kind: event.Started, Host: 1, Time: now},
		{Kind: event.Output, Host: 0, Stream: event.Stdout, Data: []byte("one\ntwo \xff\nthree")},
		{Kind: event.Output, Host: 1, Stream: event.Stderr, Data: []byte("\"x\"\n")},
		exit(0, event.Result{Outcome: event.Exited, Code: 3, Attempts: 1}),
		{Kind: event.Started, Host: 2, Time: now},
		{Kind: event.Output, Host: 2, Stream: event.Stdout, Data: []byte("one\n")},
		{Kind: event.Output, Host: 2, Stream: event.Stdout, Data: []byte("two \xff\n")},
		exit(2, event.Result{Outcome: event.Timeout, Code: 124, Confirmed: true, Attempts: 2}),
		exit(1, event.Result{Outcome: event.Signaled, Code: 137, Signal: syscall.SIGKILL, Attempts: 1}),
	} {
		err := s.Event(e)
		if e.Kind == event.Output {
			err = reports.output(e.Host, e.Stream, e.Data)
		}
		if err != nil {
			t.Fatal(err)
		}
		out.WriteByte('\n') // the answer to a ping
	}
	return there, out.Bytes()
}

// A root is one with a table, for what comes back from relay 0.
type root struct {
	*table
	results [4]*event.Result
	fourth  bool // relay 0 was granted n3, once it had room
	log     []string
}

func newRoot() *root {
	r := &root{table: newTable([]string{"r0", "r1"}, []string{"n0", "n1", "n2", "n3"}, 3)}
	for rank := range r.names {
		r.do(r.add(rank))
	}
	for range 2 { // r0 has its part, then all that it may have
		r.do(r.ready(0))
	}
	for _, rank := range r.queue {
		if rank < 3 {
			r.hosts[rank].state, r.hosts[rank].had = granted, []int{0}
			r.relays[0].granted[r.names[rank]] = rank
		}
	}
	r.queue = slices.DeleteFunc(r.queue, func(rank int) bool { return rank < 3 })
	return r
}

func (r *root) do(steps []step) {
	for _, s := range steps {
		if s.result != nil {
			r.results[s.rank] = s.result
		} else if s.rank == 3 && s.relay == 0 {
			r.fourth = true
		}
	}
}

func (r *root) greeted() {}

func (r *root) started(name string) error {
	_, err := r.start(0, name)
	r.log = append(r.log, "start "+name)
	return err
}

func (r *root) output(name string, stream event.Stream, data []byte) error {
	_, err := r.table.output(0, name)
	r.log = append(r.log, fmt.Sprintf("%s %d %q", name, stream, data))
	return err
}

func (r *root) ended(name string, rank int, result *event.Result) error {
	steps, err := r.end(0, name, rank, result)
	r.do(steps)
	r.log = append(r.log, fmt.Sprintf("end %s %+v", name, *result))
	return err
}

// The record is cut at every byte: what had ended wholly has, the rest of what the relay was granted is
// lost, and a host that it was not granted goes to the other relay.
func TestBackCutAnywhere(t *testing.T) {
	t.Parallel()
	_, back := exchange(t)
	kept, lostToo := false, false
	for cut := range len(back) + 1 {
		r := newRoot()
		if err := newBack(r, testRoom).feed(back[:cut]); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		r.do(r.lose(0, "gone", false))
		for rank, want := range []event.Outcome{event.Exited, event.Signaled, event.Timeout} {
			name := fmt.Sprintf("n%d", rank)
			whole := bytes.Contains(lastWhole(back[:cut]), []byte(`{"type":"exit","host":"`+name))
			if !whole {
				want = event.Lost
			}
			if got := r.results[rank]; got == nil || got.Outcome != want {
				t.Fatalf("cut at %d: %s is %+v, want %s", cut, name, got, want)
			}
		}
		if r.fourth != (r.results[3] != nil) {
			t.Fatalf("cut at %d: n3 was granted: %v, and has ended: %+v", cut, r.fourth, r.results[3])
		}
		kept = kept || !r.fourth
		lostToo = lostToo || r.fourth
		if r.do(r.ready(1)); r.fourth {
			continue
		}
		if _, has := r.relays[1].granted["n3"]; !has || len(r.relays[1].granted) != 1 {
			t.Fatalf("cut at %d: r1 was granted %v", cut, r.relays[1].granted)
		}
	}
	if !kept || !lostToo {
		t.Error("n3 was granted to r0 always, or never")
	}
}

// lastWhole returns the whole lines of b.
func lastWhole(b []byte) []byte { return b[:bytes.LastIndexByte(b, '\n')+1] }

// What comes in pieces of any cut is what came in one.
func TestBackInPieces(t *testing.T) {
	t.Parallel()
	_, back := exchange(t)
	whole := newRoot()
	if err := newBack(whole, testRoom).feed(back); err != nil {
		t.Fatal(err)
	}
	join := func(log []string) string { return strings.ReplaceAll(strings.Join(log, "\n"), "\"\nn0 1 \"", "") }
	for cut := range len(back) {
		r := newRoot()
		b := newBack(r, testRoom)
		for _, piece := range [][]byte{back[:cut], back[cut:]} {
			if err := b.feed(piece); err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
		}
		if got, want := join(r.log), join(whole.log); got != want {
			t.Fatalf("cut at %d:\n%s\nwant\n%s", cut, got, want)
		}
	}
}

// The lines to a relay are cut at every byte: a host that it takes is one that it was granted.
func TestLinesCutAnywhere(t *testing.T) {
	t.Parallel()
	there, _ := exchange(t)
	var all []line
	if err := readLines(bytes.NewReader(there), func(l line) error { all = append(all, l); return nil }); err != nil || len(all) != 8 {
		t.Fatalf("%d lines, %v", len(all), err)
	}
	again := []byte{}
	for _, l := range all {
		again, _ = l.append(again)
	}
	if !bytes.Equal(again, there) {
		t.Errorf("read and written again:\n%s\nwant\n%s", again, there)
	}
	for cut := range len(there) {
		n := 0
		if err := readLines(bytes.NewReader(there[:cut]), func(line) error { n++; return nil }); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if want := bytes.Count(there[:cut], []byte{'\n'}); n != want {
			t.Fatalf("cut at %d: %d lines, want %d", cut, n, want)
		}
	}
}

// Lines that no root writes.
func TestParseLineRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "ping ", "PING", "job", "job ", "job {}", "grant", "grant 1", "grant 1 ", "grant -1 a", "grant 01 a", "grant 1 a,b", "grant 1 a[1-2]",
		"grant 1 @all", "grant 1 a b", "grant 1  a", "grant x a", "stop", "stop KILL", "stop INT ", "drain 1", "kill -9", "exec rm",
		`job {"protocol":1,"command":"x","count":1,"most":1,"room":1,"options":[],"patience":0}`,
		`job {"protocol":2,"command":"x","count":1,"most":1,"room":1,"options":[],"patience":0,"more":1}`,
		`job {"protocol":2,"command":"x","count":1,"most":1,"room":1,"options":[],"patience":0} {}`,
		`job {"protocol":2,"command":"","count":1,"most":1,"room":1,"options":[],"patience":0}`,
		`job {"protocol":2,"command":"x","count":99999999,"most":1,"room":1,"options":[],"patience":0}`,
		`job {"protocol":2,"command":"x","count":1,"most":0,"room":1,"options":[],"patience":0}`,
		`job {"protocol":2,"command":"x","count":1,"most":1,"room":1,"options":[],"patience":-1}`,
		`job {"protocol":2,"command":"x","count":1,"most":1,"room":-1,"options":[],"patience":0}`,
		`job {"protocol":2,"command":"x","count":1,"most":1,"room":9999999999,"options":[],"patience":0}`,
	} {
		if l, err := parseLine(text); err == nil {
			t.Errorf("%q is taken: %+v", text, l)
		}
	}
}

// A relay that lies, or goes on without end, is an error before it costs anything.
func TestBackRefuses(t *testing.T) {
	t.Parallel()
	greeting := fmt.Sprintf("%s%d v\n", hello, protocol)
	start := `{"type":"start","host":"n0","at_ms":1}` + "\n"
	exit := `{"type":"exit","host":"n0","rank":0,"outcome":"exited","code":0,"duration_ms":1,"reason":""}` + "\n"
	for why, text := range map[string]string{
		"not granted":         greeting + `{"type":"start","host":"n3"}` + "\n",
		"started n0 twice":    greeting + start + start,
		"had not started":     greeting + `{"type":"line","host":"n0","stream":"stdout","data":"x"}` + "\n",
		"is host 0":           greeting + start + strings.Replace(exit, `"rank":0`, `"rank":1`, 1),
		"no object":           greeting + "hello\n",
		"unknown outcome":     greeting + start + strings.Replace(exit, "exited", "well", 1),
		"it has not sent":     greeting + start + `{"type":"again","host":"n0","stream":"stdout","line":1}` + "\n",
		"that it has not sen": greeting + start + `{"type":"again","host":"n0","stream":"stdout","line":-1}` + "\n",
		"repeats output":      greeting + start + `{"type":"line","host":"n0","stream":"stdout","data":"x"}` + "\n" + `{"type":"again","host":"n0","stream":"stdout","line":1}` + "\n",
		"unknown stream":      greeting + start + `{"type":"again","host":"n0","stream":"std","line":1}` + "\n",
		"without a rank":      greeting + start + strings.Replace(exit, `"rank":0,`, "", 1),
		"more than a line":    greeting + start + strings.Replace(exit, `"reason":""`, `"reason":"a\nok: n9"`, 1),
		"protocol":            hello + "7 v\n",
		"without end":         strings.Repeat("motd\n", maxNoise/4),
		"a line of more":      greeting + strings.Repeat("x", record.LongestObject+1),
		"which it was not g":  greeting + start + exit + exit,
		"says that it did":    greeting + start + strings.Replace(exit, `exited","code":0`, `not_started"`, 1),
	} {
		if err := newBack(newRoot(), testRoom).feed([]byte(text)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", why, err)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add("grant 1 node1")
	f.Add("stop HUP")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parseLine(text)
		if err != nil || l.kind == jobLine {
			return
		}
		if again, err := l.append(nil); err != nil || string(again) != text+"\n" {
			t.Errorf("%q is read as %+v and written as %q (%v)", text, l, again, err)
		}
	})
}
