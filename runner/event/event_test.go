package event_test

import (
	"syscall"
	"testing"
	"time"

	"clsh/runner/event"
)

func TestExit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status  int
		outcome event.Outcome
		signal  syscall.Signal
	}{
		{0, event.Exited, 0}, {3, event.Exited, 0}, {127, event.Exited, 0}, {128, event.Exited, 0},
		{129, event.Signaled, syscall.SIGHUP}, {137, event.Signaled, syscall.SIGKILL},
		{159, event.Signaled, syscall.SIGSYS}, {160, event.Exited, 0}, {255, event.Exited, 0},
	} {
		if outcome, sig := event.Exit(test.status); outcome != test.outcome || sig != test.signal {
			t.Errorf("Exit(%d) = %s, %d; want %s, %d", test.status, outcome, sig, test.outcome, test.signal)
		}
	}
}

// The order of clsh(1), "EXIT STATUS": a signal, 255, 124, the highest, 3.
func TestTallyCode(t *testing.T) {
	t.Parallel()
	exited := func(code int) event.Result { return event.Result{Outcome: event.Exited, Code: code} }
	timeout := event.Result{Outcome: event.Timeout, Code: event.CodeTimeout}
	refused := event.Result{Outcome: event.Unreachable, Code: event.CodeLost, Refused: true}
	for _, test := range []struct {
		name      string
		results   []event.Result
		interrupt syscall.Signal
		code, ok  int
		stop      event.StopReason
	}{
		{"no host", nil, 0, 0, 0, ""},
		{"all ok", []event.Result{exited(0), exited(0)}, 0, 0, 2, ""},
		{"the highest", []event.Result{exited(3), exited(0), exited(200), exited(7)}, 0, 200, 1, ""},
		{"a limit over any status", []event.Result{exited(200), timeout}, 0, 124, 0, ""},
		{"unreachable over a limit", []event.Result{timeout, refused, exited(0)}, 0, 255, 1, ""},
		{"a signal over all", []event.Result{refused, timeout}, syscall.SIGINT, 130, 0, ""},
		{"not all were started", []event.Result{{Outcome: event.NotStarted}, exited(0)}, 0, 3, 1, ""},
		{"not started is no failure of its own", []event.Result{{Outcome: event.NotStarted}, exited(1)}, 0, 1, 0, ""},
		{"a gate stopped it at the end", []event.Result{exited(0)}, 0, 3, 1, event.StopGate},
		{"a gate after failures", []event.Result{exited(2), exited(0)}, 0, 2, 1, event.StopGate},
		{"a limit over the gate", []event.Result{timeout, exited(0)}, 0, 124, 1, event.StopGate},
		{"lost over the budget", []event.Result{refused, {Outcome: event.NotStarted}}, 0, 255, 0, event.StopMaxFail},
		{"a signal over the answer", []event.Result{exited(0), {Outcome: event.NotStarted}}, syscall.SIGTERM, 143, 1, event.StopAsked},
	} {
		var tally event.Tally
		for i := range test.results {
			tally.Add(&test.results[i])
		}
		s := tally.Summary(len(test.results), time.Second, test.interrupt, event.Stop{By: test.stop})
		total := 0
		for _, n := range s.Counts {
			total += n
		}
		if failed := total - s.OK - s.Counts[event.NotStarted] - s.Counts[event.Stopped]; tally.Failed() != failed {
			t.Errorf("%s: %d failed, want %d", test.name, tally.Failed(), failed)
		}
		if s.Code != test.code || s.OK != test.ok || total != s.Hosts {
			t.Errorf("%s: code %d, ok %d, %d outcomes; want %d, %d, %d", test.name, s.Code, s.OK, total, test.code, test.ok, s.Hosts)
		}
	}
}
