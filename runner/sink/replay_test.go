package sink

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/event"
	"clsh/runner/record"
	"clsh/runner/sshtest"
)

// replay shows a record in the way of c, and returns what was shown.
func replay(t testing.TB, text string, c Config) (stdout, stderr string, sum *event.Summary) {
	t.Helper()
	rec, err := record.Read(io.MultiReader(strings.NewReader(text)), t.TempDir()) // cannot seek
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	c.Names = rec.Names
	s, out, errs := newSink(t, c)
	sum, err = rec.Replay(s)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), sum
}

// A record gives back every byte, and the run it is of.
func TestReplayRoundTrip(t *testing.T) {
	names := []string{"h3", "h1", "h2"}
	seeds := uint64(30)
	if sshtest.Full() {
		seeds = 300
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 2))
		what := make([][3][]byte, len(names))
		for host := range what {
			what[host][event.Stdout] = nasty(r, r.IntN(3000))
			what[host][event.Stderr] = nasty(r, r.IntN(100))
		}
		results := []event.Result{
			{Outcome: event.Exited, Code: int(seed % 3), Duration: elapsed(int(seed))},
			{Outcome: event.Lost, Code: 255, Reason: "broken pipe é"},
			{Outcome: event.Timeout, Code: 124, Confirmed: seed%2 == 0, NewKey: "key"},
		}
		run := sum(results...)
		run.Interrupt = syscall.SIGTERM
		text := recorded(t, names, results, run, cut(r, what, 1+r.IntN(500))...)

		dir := t.TempDir()
		_, stderr, got := replay(t, text, Config{Out: dir, Err: dir, Summary: true})
		for host, name := range names {
			equal(t, name+".out", read(t, filepath.Join(dir, name+".out")), string(what[host][event.Stdout]))
			equal(t, name+".err", read(t, filepath.Join(dir, name+".err")), string(what[host][event.Stderr]))
		}
		for outcome, n := range run.Counts {
			if got.Counts[outcome] != n {
				t.Errorf("seed %d: %d %s, want %d", seed, got.Counts[outcome], outcome, n)
			}
		}
		if got.Hosts != 3 || got.OK != run.OK || got.Code != run.Code || got.Interrupt != run.Interrupt {
			t.Errorf("seed %d: summary %+v, want %+v", seed, got, run)
		}
		s, _, direct := newSink(t, Config{Names: names, Format: None, Summary: true})
		for host := range results {
			must(t, s, end(host, results[host]))
		}
		if err := s.Close(run); err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprintf("seed %d, summary", seed), stderr, direct.String())
		again, _, _ := replay(t, text, Config{Format: JSON, Quiet: true})
		equal(t, fmt.Sprintf("seed %d, the record of the replay", seed), unbatch(t, again), unbatch(t, text))
	}
}

func TestReplayGather(t *testing.T) {
	text := recorded(t, []string{"b", "a"}, ends(2), sum(ends(2)...), out(0, "x\n"), out(1, "x\n"))
	stdout, _, _ := replay(t, text, Config{Gather: true})
	equal(t, "gathered", stdout, rule+"b,a (2)\n"+rule+"x\n")
	stdout, _, _ = replay(t, text, Config{Ordered: true})
	equal(t, "ordered", stdout, "b: x\na: x\n")
}

// A record that is cut off shows what it has.
func TestReplayCutOff(t *testing.T) {
	text := recorded(t, []string{"a", "b"}, ends(2), sum(ends(2)...), out(0, "x\n"), out(1, "y\nz\n"))
	text = text[:strings.Index(text, `{"type":"exit","host":"b"`)+10]
	rec, err := record.Read(strings.NewReader(text), "")
	if err != nil {
		t.Fatal(err)
	}
	s, stdout, stderr := newSink(t, Config{Names: rec.Names})
	_, err = rec.Replay(s)
	if !errors.Is(err, record.ErrCutOff) {
		t.Errorf("error %v", err)
	}
	equal(t, "standard output", stdout.String(), "a: x\nb: y\nb: z\n")
	equal(t, "standard error", stderr.String(), "ok: a\nstopped, end not confirmed: b\ntime: median 0.000s, slowest 0.000s (a)\n")
}

func TestReplayRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "no host's output",
		"node1: hello\n":           "line 1:",
		"{\"type\":\"summary\"}\n": "no host's output",
		`{"type":"line","host":"a","stream":"stdout","data":"x"}` + "\n{\n{}\n": "line 2:",
		`{"type":"line","host":"../../x","stream":"stdout","data":"x"}` + "\n":  `line 1: "../../x" is no host's name`,
		`{"type":"exit","host":"\u001b[2J","outcome":"exited"}` + "\n":          `is no host's name`,
		`{"type":"exit","host":"n[1-2]","outcome":"exited"}` + "\n":             `is no host's name`,
		strings.Repeat("x", 8<<20+1):                                            "line 1: longer than",
	} {
		_, err := record.Read(strings.NewReader(text), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: error %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		`{"type":"line","host":"a","stream":"stdin","data":"x"}`:                                                         `unknown stream "stdin"`,
		`{"type":"exit","host":"a","outcome":"vanished"}`:                                                                `unknown outcome "vanished"`,
		`{"type":"exit","host":"a","outcome":"lost"}` + "\n" + `{"type":"exit","host":"a","outcome":"lost"}`:             "a second end of a",
		`{"type":"exit","host":"a","outcome":"lost"}` + "\n" + `{"type":"summary","code":256}`:                           "256 is no exit status",
		`{"type":"exit","host":"a","outcome":"lost"}` + "\n" + `{"type":"summary","stop_reason":"a\nb"}`:                 "more than a line",
		`{"type":"exit","host":"a","outcome":"lost"}` + "\n" + `{"type":"batch","number":2,"of":1,"hosts":1}`:            "batch 2 of 1",
		`{"type":"exit","host":"a","outcome":"lost"}` + "\n" + `{"type":"batch","number":1,"of":1,"hosts":2}`:            "a batch of 2 hosts",
		`{"type":"exit","host":"a","outcome":"lost"}` + "\n" + `{"type":"line","host":"a","stream":"stdout","data":"x"}`: "output of a after its end",
	} {
		rec, err := record.Read(strings.NewReader(text+"\n"), "")
		if err == nil {
			s, _, _ := newSink(t, Config{Names: rec.Names})
			_, err = rec.Replay(s)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", text, err, want)
		}
	}
}

// contract is a sink that checks what the engine promises to sinks.
type contract struct {
	t              testing.TB
	started, ended []bool
	closed         bool
}

func (c *contract) Event(e event.Event) error {
	switch e.Kind {
	case event.Started:
		if c.started[e.Host] || c.ended[e.Host] {
			c.t.Errorf("host %d is started twice", e.Host)
		}
		c.started[e.Host] = true
	case event.Output:
		if !c.started[e.Host] || c.ended[e.Host] || len(e.Data) == 0 || len(e.Data) > 64<<10 || e.Stream != event.Stdout && e.Stream != event.Stderr {
			c.t.Errorf("output that must not be: %+v", e)
		}
	case event.Ended:
		if c.ended[e.Host] || e.Result == nil || e.Result.Outcome.String() == "" {
			c.t.Errorf("an end that must not be: %+v", e)
		}
		c.ended[e.Host] = true
	case event.BatchEnded:
		if b := e.Batch; b.Number < 1 || b.Number > b.Of || b.First < 0 || b.Done() > len(c.ended) || b.Hosts < 1 {
			c.t.Errorf("a group that must not be: %+v", b)
		}
	}
	return nil
}

func (c *contract) Close(sum *event.Summary) error {
	if c.closed || sum == nil {
		c.t.Error("closed twice, or without a summary")
	}
	c.closed = true
	return nil
}

// Whatever a file holds, replay makes of it what the engine could have made,
// or an error.
func FuzzReplay(f *testing.F) {
	good := recorded(f, []string{"a", "b"}, ends(2), sum(ends(2)...), out(0, "x\ny"), errOut(1, "\xff\n"))
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(strings.ReplaceAll(good, `"b"`, `"a"`))
	f.Add(`{"type":"batch","number":1,"of":2,"first":-1,"hosts":9223372036854775807}` + "\n" + good)
	f.Add(`{"type":"exit","host":"a","outcome":"not_started","rank":-5}` + "\n{\"type\":\"line\",\"host\":\"b\",\"stream\":\"stderr\"}")
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := record.Read(strings.NewReader(text), "")
		if err != nil {
			return
		}
		c := &contract{t: t, started: make([]bool, len(rec.Names)), ended: make([]bool, len(rec.Names))}
		sum, err := rec.Replay(c)
		if !c.closed || sum == nil {
			t.Error("not closed")
		}
		for host, ended := range c.ended {
			if !ended && err == nil {
				t.Errorf("host %d has no end", host)
			}
		}
	})
}

func BenchmarkReplay(b *testing.B) {
	text := recorded(b, []string{"node1"}, ends(1), sum(ends(1)...), out(0, strings.Repeat("a line of no great length\n", 100_000)))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		rec, err := record.Read(strings.NewReader(text), "")
		if err != nil {
			b.Fatal(err)
		}
		s, err := New(Config{Names: rec.Names, Stdout: io.Discard, Stderr: io.Discard})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := rec.Replay(s); err != nil {
			b.Fatal(err)
		}
	}
}
