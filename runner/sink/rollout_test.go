package sink

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"clsh/runner/event"
	"clsh/runner/sink/terminal"
)

func gateSays(text string) event.Event {
	return event.Event{Kind: event.GateOutput, Data: []byte(text), Batch: &event.Batch{}}
}

func waits(b event.Batch, what event.Wait) event.Event {
	b.Waits = what
	return event.Event{Kind: event.Waiting, Batch: &b}
}

// Each line of a gate has the label, however its bytes are cut; what a terminal would act on is
// shown on one.
func TestGateOutput(t *testing.T) {
	const text = "one\n\ntwo \xff\r\nlast"
	for cut := 1; cut <= len(text); cut++ {
		s, stdout, stderr := newSink(t, Config{Names: []string{"a"}, Quiet: true, Ordered: true})
		must(t, s, waits(event.Batch{}, event.ForGate))
		for at := 0; at < len(text); at += cut {
			must(t, s, gateSays(text[at:min(at+cut, len(text))]))
		}
		must(t, s, waits(event.Batch{}, 0), waits(event.Batch{}, 0), gateSays("next\n"))
		finish(t, s, exited(0))
		equal(t, "standard output", stdout.String(), "a:\n")
		equal(t, fmt.Sprint("pieces of ", cut), stderr.String(), "gate: one\ngate: \ngate: two \xff\r\ngate: last\ngate: next\n")
	}
	s, _, stderr := newSink(t, Config{Names: []string{"a"}, StderrTerminal: true, Color: Never, Progress: Never})
	must(t, s, gateSays("\x1b[2Jgone\x07\n"))
	finish(t, s, exited(0))
	equal(t, "on a terminal", stderr.String(), "gate: ^[[2Jgone^G\n")
}

// A line without an end does not stay in memory.
func TestGateLongLine(t *testing.T) {
	s, _, stderr := newSink(t, Config{Names: []string{"a"}, Quiet: true})
	piece := strings.Repeat("x", longestGateLine-1)
	must(t, s, gateSays(piece))
	equal(t, "kept", stderr.String(), "")
	must(t, s, gateSays("yy"))
	equal(t, "shown", stderr.String(), "gate: "+piece+"yy")
	must(t, s, gateSays("z"), gateSays("\nnext"), waits(event.Batch{}, 0))
	finish(t, s, exited(0))
	equal(t, "in the end", stderr.String(), "gate: "+piece+"yyz\ngate: next\n")
}

// The summary of a rollout that was stopped begins with the reason, and ends with the command that
// takes it up again, where the run has a record.
func TestSummaryOfStopped(t *testing.T) {
	stop := event.Stop{By: event.StopGate, Note: "stopped after batch 1 of 2: gate, exit code 1"}
	rest := []event.Result{{Outcome: event.Exited, Duration: elapsed(41)}, {Outcome: event.NotStarted}}
	for _, test := range []struct {
		name    string
		c       Config
		results []event.Result
		want    string
	}{
		{"a record", Config{RunID: "3f2a"}, rest, `note: stopped after batch 1 of 2: gate, exit code 1
ok: a
not started: b
time: median 0.041s, slowest 0.041s (a)
rerun: clsh --rerun rest@3f2a
`},
		{"no record", Config{}, rest, `note: stopped after batch 1 of 2: gate, exit code 1
ok: a
not started: b
time: median 0.041s, slowest 0.041s (a)
`},
		{"quiet", Config{RunID: "3f2a", Quiet: true}, rest, ""},
		{"nothing is left", Config{RunID: "3f2a"}, ends(2), "note: stopped after batch 1 of 2: gate, exit code 1\n"},
		{"as the Python clsh", Config{Compat: true}, ends(2), "a:\nb:\nnote: stopped after batch 1 of 2: gate, exit code 1\n"},
	} {
		test.c.Names = []string{"a", "b"}
		s, stdout, stderr := newSink(t, test.c)
		for host, r := range test.results {
			if r.Outcome == event.Exited {
				must(t, s, start(host))
			}
			must(t, s, end(host, r))
		}
		summary := sum(test.results...)
		summary.Stop = stop
		if err := s.Close(summary); err != nil {
			t.Fatal(err)
		}
		got := stderr.String()
		if test.c.Compat {
			got = stdout.String()
		}
		equal(t, test.name, got, test.want)
	}
}

// The status line of a rollout has the group, what may still fail, and what the run waits for.
func TestStatusOfRollout(t *testing.T) {
	names := make([]string, 10)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i)
	}
	begin := time.Unix(1e9, 0)
	var screen strings.Builder
	p := newProgress(&Config{Names: names}, terminal.NewConsole(terminal.Streams{Stderr: &screen, StderrShared: true}), terminal.Palette{})
	wantLine := func(columns int, want string) {
		t.Helper()
		if got := fit(p.parts(), columns, p.ansi); got != want {
			t.Errorf("in %d columns: %q, want %q", columns, got, want)
		}
	}
	batch := event.Batch{Number: 2, Of: 5, First: 1, Hosts: 4, MaxFail: 2}
	first := connecting(0)
	first.Time = begin
	must(t, p, first, start(0), end(0, exited(0)), event.Event{Kind: event.BatchStarted, Batch: &batch})
	for host := 1; host < 5; host++ {
		must(t, p, start(host))
	}
	must(t, p, end(1, exited(3)), end(2, exited(0)), tick(begin.Add(5*time.Second)))
	wantLine(200, "3/10 done, batch 2 of 5, 2 running, 2 ok, 1 failed, 0 lost, 1 more may fail, 5s")
	wantLine(40, "3/10 done, batch 2 of 5, 2 running, 5s")
	wantLine(33, "3/10 done, batch 2 of 5, 1 failed")
	must(t, p, end(3, event.Result{Outcome: event.Lost, Code: 255}), end(4, exited(1)), tick(begin.Add(6*time.Second)))
	wantLine(200, "5/10 done, batch 2 of 5, 0 running, 2 ok, 2 failed, 1 lost, 0 more may fail, 6s")
	must(t, p, waits(batch, event.ForGate))
	wantLine(200, "5/10 done, batch 2 of 5, gate running, 2 ok, 2 failed, 1 lost, 0 more may fail, 6s")
	pause := batch
	pause.Until = begin.Add(16 * time.Second)
	must(t, p, waits(pause, event.ForPause))
	wantLine(60, "5/10 done, batch 2 of 5, pause, 10s left, 2 failed, 1 lost")
	must(t, p, tick(begin.Add(20*time.Second)))
	wantLine(50, "5/10 done, batch 2 of 5, pause, 0s left, 2 failed")

	// A question has the screen to itself.
	must(t, p, waits(batch, event.ForAnswer))
	drawn := screen.Len()
	must(t, p, tick(begin.Add(21*time.Second)), event.Event{Kind: event.Show, Time: begin})
	if screen.Len() != drawn {
		t.Errorf("drawn beside a question: %q", screen.String()[drawn:])
	}
	must(t, p, waits(batch, 0), tick(begin.Add(22*time.Second)))
	if screen.Len() == drawn {
		t.Error("not drawn after a question")
	}

	// One group is not counted, and no limit has no rest.
	p = newProgress(&Config{Names: names}, terminal.NewConsole(terminal.Streams{Stderr: io.Discard, StderrShared: true}), terminal.Palette{})
	one := event.Batch{Number: 1, Of: 1, Hosts: 10, MaxFail: event.NoLimit}
	must(t, p, event.Event{Kind: event.BatchStarted, Batch: &one, Time: begin}, start(0), tick(begin))
	wantLine(200, "0/10 done, 1 running, 0 ok, 0 failed, 0 lost, 0s")
}

// A record of a rollout gives back its groups and why it stopped.
func TestReplayRollout(t *testing.T) {
	names := []string{"a", "b", "c"}
	results := []event.Result{exited(0), exited(4), {Outcome: event.NotStarted}}
	summary := sum(results...)
	summary.Stop = event.Stop{By: event.StopMaxFail, Note: "stopped after batch 2 of 3: 1 failed, --max-fail 0"}
	batches := []event.Batch{
		{Number: 1, Of: 3, Hosts: 1, OK: 1, MaxFail: 0, Duration: elapsed(7)},
		{Number: 2, Of: 3, First: 1, Hosts: 1, Failed: 1, AllFailed: 1, MaxFail: 0},
	}
	text := recorded(t, names, nil, summary,
		end(0, results[0]), event.Event{Kind: event.BatchEnded, Batch: &batches[0]},
		end(1, results[1]), event.Event{Kind: event.BatchEnded, Batch: &batches[1]}, end(2, results[2]))
	for _, want := range []string{
		`{"type":"batch","number":1,"of":3,"first":0,"hosts":1,"ok":1,"failed":0,"stopped":0,"not_started":0,"all_failed":0,"max_fail":0,"duration_ms":7}` + "\n",
		`"stopped_by":"max-fail","stop_reason":"stopped after batch 2 of 3: 1 failed, --max-fail 0"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the record has no %s:\n%s", want, text)
		}
	}
	again, stderr, got := replay(t, text, Config{Format: JSON})
	equal(t, "the record of the replay", again, text)
	if got.Stop != summary.Stop {
		t.Errorf("stop %+v", got.Stop)
	}
	equal(t, "standard error", stderr, "note: "+summary.Stop.Note+"\nok: a\nexit 4: b\nnot started: c\ntime: median 0.000s, slowest 0.000s (b)\n")
}
