package sink

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"clsh/runner/event"
	"clsh/runner/sink/terminal"
)

func connecting(host int) event.Event { return event.Event{Kind: event.Connecting, Host: host} }

// The status line counts hosts that wait, connect, run and have ended, and names the
// last three. What does not fit goes by its weight, and nothing is cut in two.
func TestStatusParts(t *testing.T) {
	names := make([]string, 12)
	for i := range names {
		names[i] = fmt.Sprintf("node%d", i+1)
	}
	begin := time.Unix(1e9, 0)
	p := newProgress(&Config{Names: names}, terminal.NewConsole(terminal.Streams{Stderr: io.Discard, StderrShared: true}), terminal.Palette{Red: "31", Yellow: "33"})
	wantLine := func(columns int, want string) {
		t.Helper()
		if got := fit(p.parts(), columns, p.ansi); got != want {
			t.Errorf("in %d columns: %q, want %q", columns, got, want)
		}
	}
	first := connecting(0)
	first.Time = begin
	must(t, p, first, connecting(1), start(1), tick(begin.Add(75*time.Second)))
	wantLine(80, "0/12 done, 1 connecting, 1 running, 0 failed, 0 lost, 1m15s")
	wantLine(39, "0/12 done, 1 connecting, 1 running") // 1m15s would make it 41
	wantLine(20, "0/12 done, 1 running")
	wantLine(19, "0/12 done, 1m15s")
	wantLine(15, "0/12 done")
	wantLine(5, "0/12 ")
	wantLine(0, "")
	for host := range 9 {
		must(t, p, end(host, exited(host%2)))
	}
	must(t, p, connecting(9), connecting(10), start(10))
	red := "\x1b[31m4 failed\x1b[0m"
	wantLine(83, "9/12 done, 1 connecting, 1 running, "+red+", 0 lost, 1m15s: node10, node11, node12")
	wantLine(82, "9/12 done, 1 connecting, 1 running, "+red+", 1m15s: node10, node11, node12")
	wantLine(70, "9/12 done, 1 connecting, 1 running, "+red+", 1m15s: node10, node11")
	wantLine(39, "9/12 done, 1 running, "+red+", 1m15s")
	must(t, p, end(11, event.Result{Outcome: event.Lost, Code: 255}))
	wantLine(200, "10/12 done, 1 connecting, 1 running, "+red+", \x1b[33m1 lost\x1b[0m, 1m15s: node10, node11")
	must(t, p, end(9, exited(0)), end(10, exited(0)))
	wantLine(200, "12/12 done, 0 running, "+red+", \x1b[33m1 lost\x1b[0m, 1m15s")
	p.names[0] = "a\x1b[2J"
	p.phase[0], p.count[event.Ended] = event.Started, 11
	wantLine(39, "11/12 done, 0 running, "+red+", \x1b[33m1 lost\x1b[0m")
}

// While more hosts run than are named, the line of a copy has those that have got the least.
func TestStatusSlowest(t *testing.T) {
	t.Parallel()
	p := newProgress(&Config{Names: []string{"a", "b", "c", "d", "e", "f"}}, terminal.NewConsole(terminal.Streams{Stderr: io.Discard, StderrShared: true}), terminal.Palette{})
	sent := []int64{50, 20, 100, 10, 0, 30}
	p.moved = func() (done, asked int64) { return 3 << 20, 6 << 20 }
	p.movedTo = func(host int) (done, asked int64) { return sent[host], 100 }
	begin := time.Unix(1e9, 0)
	first := start(0)
	first.Time = begin
	must(t, p, first, start(1), start(2), start(3), start(5), tick(begin.Add(2*time.Second)))
	want := "0/6 done, 5 running, 3.0 of 6.0 MiB, 1.5 MiB/s, 0 failed, 0 lost, 2s: slowest d 10%, b 20%, f 30%"
	if got := fit(p.parts(), 200, p.ansi); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	must(t, p, end(1, exited(0)), end(2, exited(0)), end(3, exited(0)))
	if got := fit(p.parts(), 200, p.ansi); !strings.HasSuffix(got, ", 2s: a, e, f") {
		t.Errorf("at the end: %q", got)
	}
}

// A run for some of the hosts counts these only, and so do its states.
func TestStatusOfSome(t *testing.T) {
	term := &screen{t: t, width: 80}
	s, err := New(Config{
		Names: []string{"a", "b", "c", "d"}, Ranks: []int{1, 3}, Fold: func(n []string) string { return strings.Join(n, ",") },
		Stdout: term, Stderr: term, StdoutTerminal: true, StderrTerminal: true, Color: Never, TempDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	e := connecting(1)
	e.Time = time.Unix(1e9, 0)
	must(t, s, e, tick(time.Unix(1e9, 0)))
	equal(t, "drawn", term.text(), "\n0/2 done, 1 connecting, 0 running, 0 failed, 0 lost, 0s: b, d")
	must(t, s, start(1), event.Event{Kind: event.Show}, end(1, exited(0)), connecting(3), event.Event{Kind: event.Show})
	must(t, s, end(3, exited(0)))
	if err := s.Close(&event.Summary{Hosts: 2, OK: 2}); err != nil {
		t.Fatal(err)
	}
	equal(t, "in the end", term.text(), "waiting: d\nrunning: b\nb:\nconnecting: d\nok: b\nd:\n")
}

// Others write to a console's terminal, too: the status line is out of their way,
// results go where they are kept, and states do not.
func TestSharedConsole(t *testing.T) {
	term := &screen{t: t, width: 80}
	console := terminal.NewConsole(terminal.Streams{
		Stdout: term, Stderr: term, StdoutShared: true, StderrShared: true, Width: func() int { return term.width },
	})
	var kept bytes.Buffer
	both := io.MultiWriter(&kept, console.Writer(event.Stdout))
	s, err := New(Config{
		Names: []string{"a"}, Fold: func(n []string) string { return strings.Join(n, ",") }, Console: console, NoSummary: true,
		Stdout: both, Stderr: both, StdoutTerminal: true, StderrTerminal: true, Color: Never, TempDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	line := "\n0/1 done, 1 running, 0 failed, 0 lost, 0s: a"
	e := start(0)
	e.Time = time.Unix(1e9, 0)
	must(t, s, e, out(0, "one\n"), tick(time.Unix(1e9, 0)))
	equal(t, "drawn", term.text(), "a: one\n"+line)
	if _, err := io.WriteString(console.Writer(event.Stdout), "from elsewhere\n"); err != nil {
		t.Fatal(err)
	}
	equal(t, "written beside it", term.text(), "a: one\nfrom elsewhere\n"+line)
	if err := console.Lend(func() { equal(t, "lent", term.text(), "a: one\nfrom elsewhere\n") }); err != nil {
		t.Fatal(err)
	}
	must(t, s, event.Event{Kind: event.Show}, end(0, exited(3)))
	finish(t, s)
	equal(t, "in the end", term.text(), "a: one\nfrom elsewhere\nrunning: a\n")
	equal(t, "kept", kept.String(), "a: one\n")
}
