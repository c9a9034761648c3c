package record

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// kept runs events through a Keeper.
func kept(t testing.TB, run Run, events ...event.Event) string {
	t.Helper()
	var out bytes.Buffer
	pool := spool.NewPool(t.TempDir())
	defer pool.Close()
	k := NewKeeper(&run, &out, pool)
	if err := k.Begin(); err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := k.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// A run is read as it was written, whatever bytes are in it.
func FuzzRun(f *testing.F) {
	f.Add("echo 'a' <b \x1b", "/tmp/\xff", "--option=a=b")
	f.Fuzz(func(t *testing.T, command, cwd, option string) {
		run := Run{
			ID: "20261128-140305-kxqb", Time: time.Unix(1800000000, 123456789).UTC(), User: "me", Cwd: cwd, Version: "1.0.0", Command: command,
			Hosts: []string{"a2", "b", "a1", "root@c:22", "[::1]:22", "node1"}, Options: []string{option, "--go"}, Stdin: true, RerunOf: "x",
		}
		text := kept(t, run)
		if strings.Count(text, "\n") != 1 || strings.ContainsAny(text[:len(text)-1], "\x00\x1b\x7f\u009b\u202e") {
			t.Errorf("not one plain line: %q", text)
		}
		rec, err := Read(strings.NewReader(text), "")
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(&run, rec.Run); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// Output is kept up to a bound for each stream, and the record says where it was cut.
func TestKeeperCuts(t *testing.T) {
	t.Parallel()
	output := func(stream event.Stream, text string) event.Event {
		return event.Event{Kind: event.Output, Stream: stream, Data: []byte(text)}
	}
	piece := strings.Repeat("x", 63) + "\n"
	var events []event.Event
	for range MaxOutput / len(piece) {
		events = append(events, output(event.Stdout, piece))
	}
	run := Run{Hosts: []string{"a"}, Output: true, Time: time.Now()}
	if text := kept(t, run, events...); strings.Contains(text, `"cut"`) {
		t.Error("cut although all of it fits")
	}
	events = append(events, output(event.Stderr, "all\n"), output(event.Stdout, "no more"), output(event.Stdout, "nor this"))
	events = append(events, event.Event{Kind: event.Ended, Result: &event.Result{Outcome: event.Exited}})
	text := kept(t, run, events...)
	if strings.Count(text, `{"type":"cut","host":"a","stream":"stdout","kept":1048576}`) != 1 || strings.Contains(text, "more") || strings.Contains(text, "this") {
		t.Errorf("not cut: %s", text[max(0, len(text)-500):])
	}
	rec, err := Read(strings.NewReader(text), "")
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[event.Stream]int{}
	err = rec.Output(map[string]bool{"a": true}, func(_ string, s event.Stream, b []byte) error {
		sizes[s] += len(b)
		return nil
	})
	if err != nil || sizes[event.Stdout] != MaxOutput || sizes[event.Stderr] != 4 {
		t.Errorf("%v, %v", sizes, err)
	}
	run.Output = false
	if text := kept(t, run, events...); strings.Contains(text, "xxx") || strings.Contains(text, "cut") {
		t.Error("output is kept that was not to be")
	}
}

// What a record of a run says that cannot be is refused.
func TestReadRefusesRuns(t *testing.T) {
	t.Parallel()
	const run = `{"type":"run","id":"x","time":"2026-01-01T00:00:00Z","user":"u","cwd":"/","version":"1","command":"c","hosts":"a,b","options":[]}` + "\n"
	for text, want := range map[string]string{
		run + run: "line 2: a run is not the first object",
		`{"type":"start","host":"a"}` + "\n" + run:                            "a run is not the first object",
		run + `{"type":"exit","host":"c","outcome":"exited","code":0}` + "\n": `"c" is not one of the run's hosts`,
		run + `{"type":"start","host":"c"}` + "\n":                            `"c" is not one of the run's hosts`,
		strings.Replace(run, "a,b", "a;b", 1):                                 "hosts:",
		strings.Replace(run, "a,b", "@all", 1):                                "hosts:",
		strings.Replace(run, "a,b", "", 1):                                    "without hosts",
		strings.Replace(run, "2026-01-01T00:00:00Z", "now", 1):                `"now" is not a time`,
		strings.Replace(run, `"c"`, "7", 1):                                   "cannot unmarshal",
		"\x1f\x8b" + run:                                                      "gzip",
	} {
		if _, err := Read(strings.NewReader(text), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	exit := `{"type":"exit","host":"a","outcome":"exited","code":0}` + "\n"
	rec, err := Read(strings.NewReader(run+exit+exit), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := rec.States(); err == nil || !strings.Contains(err.Error(), "a second end of a") {
		t.Errorf("two ends: %v", err)
	}
}

// A compressed record is read like a plain one, also from a pipe; one that is cut is refused.
func TestReadCompressed(t *testing.T) {
	t.Parallel()
	text := kept(t, Run{Hosts: []string{"a", "b"}, Command: "c", Time: time.Now()}, event.Event{Kind: event.Started, Time: time.Now()})
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, pipe := range []bool{false, true} {
		var src interface{ Read([]byte) (int, error) } = bytes.NewReader(zipped.Bytes())
		if pipe {
			src = bytes.NewBuffer(zipped.Bytes())
		}
		rec, err := Read(src, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		states, sum, err := rec.States()
		if err != nil || sum != nil || len(states) != 2 || !states[0].Started || states[1].Started {
			t.Errorf("%+v, %v, %v", states, sum, err)
		}
		if err := rec.Close(); err != nil {
			t.Error(err)
		}
	}
	for n := 3; n < zipped.Len(); n++ {
		if rec, err := Read(bytes.NewReader(zipped.Bytes()[:n]), ""); err == nil {
			if _, _, err := rec.States(); err == nil {
				t.Errorf("%d of %d bytes are taken for a record", n, zipped.Len())
			}
		}
	}
}
