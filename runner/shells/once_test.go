package shells

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"clsh/hosts"
	"clsh/runner/event"
	"clsh/runner/sshtest"
	"clsh/runner/sshtest/enginetest"
)

// The same for sessions that are kept: no line runs twice, wherever its
// connection is cut, nor when the host is connected to again; and what is reported of
// a line is what came of it.

// keptDialogue returns the length of the dialogue of two lines, or somewhat more.
func keptDialogue(direction string) int {
	if direction == "in" {
		return 80
	}
	return 210
}

// keptCuts returns hosts that are cut at every stride-th byte; rounds times, each
// with another number of connections that are cut.
func keptCuts(stride, rounds int) (list hosts.List) {
	for number := range rounds {
		for i, direction := range enginetest.Directions() {
			for n, after := number, (i+number)%stride; after < keptDialogue(direction); n, after = n+1, after+stride {
				list = append(list, enginetest.CutHost(direction, after, []int{1, 9, 2}[n%3], number))
			}
		}
	}
	return list
}

// A keptOnce counts what came of all lines on all hosts.
type keptOnce struct {
	*enginetest.Cutter
	options  Options
	outcomes map[event.Outcome]int
	attempts int
}

func newKeptOnce(t *testing.T) *keptOnce {
	t.Helper()
	o := enginetest.NewCutter(t)
	for line := range keptLines {
		text := fmt.Sprintf("echo ran >>$RELAY_DIR/ran.$CLSH_HOST.%d; echo out; echo err >&2; (exit %d)\n", line, enginetest.RanCode)
		if err := os.WriteFile(filepath.Join(o.Dir, fmt.Sprint(line)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &keptOnce{
		Cutter: o, outcomes: map[event.Outcome]int{},
		options: Options{Options: o.Options, Retry: 2, Fanout: 64, KillAfter: 100 * time.Millisecond, ReadyTimeout: time.Minute},
	}
}

// keptLines is how many lines there are: two, and one when those that were lost
// are connected to again.
const keptLines = 3

// session runs the lines on a list as the interactive mode does, and checks what
// came of it when all has ended.
func (o *keptOnce) session(t *testing.T, list hosts.List, keepGoing bool) {
	t.Helper()
	options := o.options
	options.Hosts, options.Sink = list, enginetest.NewRecorder()
	s, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	reported := make([]map[int]event.Result, keptLines)
	aside := map[int]bool{}
	for line := range keptLines {
		if line == keptLines-1 {
			for rank := range aside {
				s.Reconnect(rank)
			}
			clear(aside)
		}
		reported[line] = o.line(t, s, line, aside, keepGoing)
		if len(aside) > 0 && !keepGoing {
			break
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	sshtest.WaitGone(t, o.Mark)
	for rank, host := range list {
		for line, results := range reported {
			o.check(t, fmt.Sprintf("%s.%d", host.Name, line), results[rank])
		}
		o.attempts += o.Attempts(host.Name)
	}
}

// line runs one line on those that are not set aside, and sets aside those that
// are lost.
func (o *keptOnce) line(t *testing.T, s *Set, line int, aside map[int]bool, keepGoing bool) map[int]event.Result {
	t.Helper()
	var ranks []int
	for rank := range s.hosts {
		if !aside[rank] {
			ranks = append(ranks, rank)
		}
	}
	rec := enginetest.NewRecorder()
	task := Task{Command: fmt.Sprintf(". $RELAY_DIR/%d", line), Ranks: ranks, KeepGoing: keepGoing, Fanout: o.options.Fanout, Sink: rec}
	if _, _, err := s.Run(task); err != nil {
		t.Fatal(err)
	}
	for _, rank := range ranks {
		if r := rec.Results[rank]; r.Outcome == event.Lost || r.Outcome == event.Unreachable {
			aside[rank] = true
		}
	}
	return maps.Clone(rec.Results)
}

// check compares the report of a line on a host, if it was run there at all,
// with what has happened there.
func (o *keptOnce) check(t *testing.T, name string, r event.Result) {
	t.Helper()
	ran := o.Ran(name)
	o.outcomes[r.Outcome]++
	never := r.Outcome == 0 || r.Outcome == event.Unreachable || r.Outcome == event.NotStarted
	switch {
	case ran > 1:
		t.Errorf("%s: the line has run %d times", name, ran)
	case r.Outcome == event.Exited && ran != 1, never && ran != 0:
		t.Errorf("%s: the line has run %d times, and is %q: %s", name, ran, r.Outcome, r.Reason)
	case r.Outcome == event.Exited && r.Code != enginetest.RanCode:
		t.Errorf("%s: status %d, not %d", name, r.Code, enginetest.RanCode)
	case !never && r.Outcome != event.Exited && r.Outcome != event.Lost && r.Outcome != event.Stopped:
		t.Errorf("%s: %s", name, r.Outcome)
	}
}

func TestNoLineRunsTwice(t *testing.T) {
	for name, test := range map[string]struct {
		keepGoing    bool
		stride, full int
		together     int // hosts in a session
	}{
		"keep going": {true, 17, 2, 16},
		"stop":       {false, 61, 4, 3},
	} {
		t.Run(name, func(t *testing.T) {
			o := newKeptOnce(t)
			list, want := keptCuts(test.stride, 1), []event.Outcome{event.Exited, event.Lost}
			if os.Getenv("CLSH_TEST_FULL") != "" {
				list = keptCuts(test.full, 3)
				if test.keepGoing {
					want = append(want, event.Unreachable) // few: mostly one stream is ready before the other is cut
				}
			}
			for at := 0; at < len(list); at += test.together {
				o.session(t, list[at:min(at+test.together, len(list))], test.keepGoing)
			}
			t.Logf("%d hosts, %d attempts, lines: %v", len(list), o.attempts, o.outcomes)
			for _, outcome := range want {
				if o.outcomes[outcome] == 0 {
					t.Errorf("no line is %s: nothing was cut there", outcome)
				}
			}
		})
	}
}

// A line whose end was read has ended, although its connection ends with it.
func TestLineEndsWithItsConnection(t *testing.T) {
	sshtest.Need(t, "bash")
	const rounds = 20
	options := Options{
		Options: enginetest.Options(t, rounds, ""), Fanout: rounds, KillAfter: time.Second, ReadyTimeout: time.Minute,
		Sink: enginetest.NewRecorder(),
	}
	program := filepath.Join(t.TempDir(), "ssh")
	script := `#!/bin/bash
for last; do :; done
exec 3> >(sed -u '/ end [0-9]*$/q'); out=$!
exec 4> >(sed -u '/ end [0-9]*$/q' >&2); err=$!
sh -c "$last" <&0 >&3 2>&4 3>&- 4>&- &
exec 3>&- 4>&-
wait $out $err
kill -9 $!
exit 255
`
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	options.SSH.Program = []string{program}
	s, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	rec := enginetest.NewRecorder()
	task := Task{Command: fmt.Sprintf("(exit %d)", enginetest.RanCode), KeepGoing: true, Fanout: rounds, Sink: rec}
	for rank := range options.Hosts {
		task.Ranks = append(task.Ranks, rank)
	}
	if _, _, err := s.Run(task); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for rank, host := range options.Hosts {
		if r := rec.Results[rank]; r.Outcome != event.Exited || r.Code != enginetest.RanCode {
			t.Errorf("%s: %s with status %d: %s", host.Name, r.Outcome, r.Code, r.Reason)
		}
	}
}
