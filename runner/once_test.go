package runner

import (
	"fmt"
	"testing"
	"time"

	"clsh/runner/event"
	"clsh/runner/sshtest"
	"clsh/runner/sshtest/enginetest"
)

// The dialogue is shorter than this, in each direction.
const dialogue = 150

// No command runs twice, wherever its connection is cut.
func TestNoCommandRunsTwice(t *testing.T) {
	n, stride := 90, 13 // a place of five
	if sshtest.Full() {
		n, stride = 10_000, 1 // every place, many times
	}
	cutter, rec := enginetest.NewCutter(t), enginetest.NewRecorder()
	rec.Seen = make(chan int, 4*n) // nobody takes from it
	cfg := Config{
		Options: cutter.Options, Sink: rec, Retry: 2, KeepGoing: true, Fanout: 64,
		KillAfter: 100 * time.Millisecond, ReadyTimeout: time.Minute,
		Command: fmt.Sprintf(`echo ran >>"$RELAY_DIR/ran.$CLSH_HOST"; echo out; echo err >&2; exit %d`, enginetest.RanCode),
	}
	for i := 0; len(cfg.Hosts) < n; i += stride {
		for _, direction := range enginetest.Directions() {
			// Cut once, of others always or twice.
			cfg.Hosts = append(cfg.Hosts, enginetest.CutHost(direction, i%dialogue, []int{1, 9, 2, 1}[i/dialogue%4], i/dialogue))
		}
	}
	run(t, cfg)
	sshtest.WaitGone(t, cutter.Mark)
	outcomes, total := map[event.Outcome]int{}, 0
	for rank, host := range cfg.Hosts {
		r := rec.Results[rank]
		attempts := cutter.Attempts(host.Name)
		outcomes[r.Outcome]++
		total += attempts
		checkCut(t, host.Name, r, cutter.Ran(host.Name), attempts)
	}
	t.Logf("%d hosts, %d attempts: %v", len(cfg.Hosts), total, outcomes)
	for _, want := range []event.Outcome{event.Exited, event.Unreachable, event.Lost} {
		if outcomes[want] == 0 {
			t.Errorf("no host is %s: nothing was cut there", want)
		}
	}
}

// checkCut compares the result of a host with what has happened there.
func checkCut(t *testing.T, name string, r event.Result, ran, attempts int) {
	t.Helper()
	switch {
	case ran > 1:
		t.Errorf("%s: the command has run %d times", name, ran)
	case r.Outcome == event.Exited && ran != 1, r.Outcome == event.Unreachable && ran != 0:
		t.Errorf("%s: the command has run %d times, and is %s: %s", name, ran, r.Outcome, r.Reason)
	case r.Outcome == event.Exited && r.Code != enginetest.RanCode:
		t.Errorf("%s: status %d, not %d", name, r.Code, enginetest.RanCode)
	case r.Outcome != event.Exited && r.Outcome != event.Unreachable && r.Outcome != event.Lost:
		t.Errorf("%s: %s", name, r.Outcome)
	case r.Attempts != attempts:
		t.Errorf("%s: %d attempts, reported are %d", name, attempts, r.Attempts)
	}
}
