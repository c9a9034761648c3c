package sink

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/event"
	"clsh/runner/sshtest"
)

func TestJSON(t *testing.T) {
	s, stdout, stderr := newSink(t, Config{Names: []string{"n1", "n2", "n3", "n4"}, Format: JSON, Quiet: true})
	must(t, s, out(0, "a \"b\" \\ \t\r\x1b é 漢 <&>\u009b\u00a0\n\nlast"), errOut(1, "\xff\x00\n"))
	must(t, s, end(0, event.Result{Outcome: event.Exited, Code: 3, Duration: elapsed(41)}),
		end(1, event.Result{Outcome: event.Signaled, Code: 137, Signal: syscall.SIGKILL, NewKey: "key"}),
		end(2, event.Result{Outcome: event.Unreachable, Code: 255, Refused: true, Reason: "refused <it>", Hint: "try again", Attempts: 6}),
		end(3, event.Result{Outcome: event.Stopped, Confirmed: true}))
	if err := s.Close(&event.Summary{
		Hosts: 4, Code: 255, Duration: elapsed(50), Interrupt: syscall.SIGINT,
		Counts: map[event.Outcome]int{event.Exited: 1, event.Signaled: 1, event.Unreachable: 1, event.Stopped: 1},
	}); err != nil {
		t.Fatal(err)
	}
	equal(t, "standard output", stdout.String(), `{"type":"line","host":"n1","stream":"stdout","data":"a \"b\" \\ \t\r\u001b é 漢 <&>\u009b`+"\u00a0"+`"}
{"type":"line","host":"n1","stream":"stdout","data":""}
{"type":"line","host":"n2","stream":"stderr","data_base64":"/wA="}
{"type":"line","host":"n1","stream":"stdout","data":"last","eol":false}
{"type":"exit","host":"n1","rank":0,"outcome":"exited","code":3,"duration_ms":41,"reason":""}
{"type":"exit","host":"n2","rank":1,"outcome":"signaled","code":137,"signal":"SIGKILL","duration_ms":0,"reason":"","new_key":"key"}
{"type":"exit","host":"n3","rank":2,"outcome":"unreachable","code":255,"duration_ms":0,"refused":true,"reason":"refused <it>","hint":"try again","attempts":6}
{"type":"exit","host":"n4","rank":3,"outcome":"stopped","confirmed":true,"duration_ms":0,"reason":""}
{"type":"summary","hosts":4,"exited":1,"signaled":1,"timeout":0,"lost":0,"unreachable":1,"stopped":1,"not_started":0,"ok":0,"code":255,"interrupt":"SIGINT","duration_ms":50}
`)
	equal(t, "standard error", stderr.String(), "ERROR: n3 unreachable\n  refused <it>\n  hint: try again\n")
}

// recorded runs events through --json and returns the record.
func recorded(t testing.TB, names []string, results []event.Result, sum *event.Summary, events ...event.Event) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.json")
	s, _, _ := newSink(t, Config{Names: names, Format: None, JSONFile: path, Quiet: true})
	must(t, s, events...)
	for host, r := range results {
		must(t, s, end(host, r))
	}
	if err := s.Close(sum); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

// unbatch orders a record by host and stream: replay hands on lines together.
func unbatch(t testing.TB, text string) string {
	t.Helper()
	parts := map[string]string{}
	var keys []string
	for line := range strings.Lines(text) {
		var o struct{ Type, Host, Stream string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		key := o.Host + o.Type + o.Stream
		if parts[key] == "" {
			keys = append(keys, key)
		}
		parts[key] += line
	}
	all := ""
	for _, key := range keys {
		all += parts[key]
	}
	return all
}

// A long line is in pieces of 1 MiB that end with whole runes, and is whole
// again afterwards.
func TestJSONLongLine(t *testing.T) {
	whole := 1 // pieces
	if sshtest.Full() {
		whole = 3
	}
	line := strings.Repeat("漢", whole<<20/3+7)
	for _, end := range []string{"", "\n"} {
		var events []event.Event
		for b := line + end; b != ""; {
			n := min(len(b), 64<<10)
			events = append(events, out(0, b[:n]), out(1, "x\n"))
			b = b[n:]
		}
		text := recorded(t, []string{"a", "b"}, ends(2), sum(ends(2)...), events...)
		pieces := 0
		for l := range strings.Lines(text) {
			var o struct {
				Type, Host string
				Data       *string
			}
			if err := json.Unmarshal([]byte(l), &o); err != nil {
				t.Fatal(err)
			}
			if o.Type != "line" || o.Host != "a" {
				continue
			}
			pieces++
			if o.Data == nil || len(*o.Data) > 1<<20 {
				t.Errorf("a piece of base64 or over 1 MiB: %.80s", l)
			}
		}
		if pieces != whole+1 {
			t.Errorf("%d pieces", pieces)
		}
		dir := t.TempDir()
		replay(t, text, Config{Out: dir})
		if got := read(t, filepath.Join(dir, "a.out")); got != line+end {
			t.Errorf("%d bytes came back, %d were printed, or they differ", len(got), len(line+end))
		}
	}
}

// A reader that goes away does not cut the record short.
func TestRecordOutlivesReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.json")
	s, err := New(Config{Names: []string{"a"}, Stdout: failing{}, Stderr: io.Discard, JSONFile: path, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Event(out(0, "x\n")); !errors.Is(err, ErrReaderGone) {
		t.Errorf("error %v", err)
	}
	must(t, s, out(0, "y\n"))
	finish(t, s, exited(0))
	if n := strings.Count(read(t, path), "\n"); n != 4 {
		t.Errorf("%d objects:\n%s", n, read(t, path))
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "x", Err: syscall.EPIPE}
}

func BenchmarkJSON(b *testing.B) {
	s, err := New(Config{Names: []string{"node1"}, Format: JSON, Stdout: io.Discard, Stderr: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	block := bytes.Repeat([]byte(strings.Repeat("x", 63)+"\n"), 1024)
	b.SetBytes(int64(len(block)))
	for b.Loop() {
		must(b, s, event.Event{Kind: event.Output, Host: 0, Stream: event.Stdout, Data: block})
	}
}
