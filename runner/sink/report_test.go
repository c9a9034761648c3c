package sink

import (
	"syscall"
	"testing"

	"clsh/runner/event"
)

func TestLost(t *testing.T) {
	s, stdout, stderr := newSink(t, Config{Names: []string{"x", "b", "c"}, Quiet: true})
	must(t, s, start(1), out(1, "half"))
	must(t, s, end(0, event.Result{Outcome: event.Unreachable, Code: 255, Reason: "Connection refused"}))
	must(t, s, end(1, event.Result{Outcome: event.Lost, Code: 255}))
	must(t, s, end(2, event.Result{Outcome: event.Stopped}))
	finish(t, s)
	equal(t, "standard output", stdout.String(), "b: half\n")
	equal(t, "standard error", stderr.String(), "ERROR: x connection lost\n  Connection refused\nERROR: b connection lost\n")
}

func TestSummary(t *testing.T) {
	names := []string{"n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"}
	results := []event.Result{
		{Outcome: event.Exited, Duration: elapsed(41), NewKey: "Permanently added 'n1' (ED25519)"},
		{Outcome: event.Exited, Code: 12, Duration: elapsed(1240)},
		{Outcome: event.Exited, Code: 3, Duration: elapsed(2)},
		{Outcome: event.Signaled, Code: 137, Signal: syscall.SIGKILL, Duration: elapsed(100)},
		{Outcome: event.Exited, Code: 3, Duration: elapsed(3)},
		{Outcome: event.Stopped, Confirmed: true},
		{Outcome: event.Stopped},
		{Outcome: event.Timeout, Code: 124, Confirmed: true, Duration: elapsed(10_400)},
		{Outcome: event.Unreachable, Code: 255},
	}
	s, stdout, stderr := newSink(t, Config{Names: names, NoLabel: true})
	finish(t, s, results...)
	equal(t, "standard output", stdout.String(), "")
	equal(t, "standard error", stderr.String(), `ERROR: n9 connection lost
new host keys: n1
ok: n1
exit 3: n3,n5 (2)
exit 12: n2
SIGKILL: n4
timeout: n8
unreachable: n9
stopped: n6
stopped, end not confirmed: n7
time: median 0.041s, slowest 10.4s (n8)
`)
}

// The summary of a copy has the digest of what was copied: of a run that fetched, whose is which.
func TestSummaryDigests(t *testing.T) {
	copied := func(digest string) event.Result {
		return event.Result{Outcome: event.Exited, Copied: event.Changed, Digest: digest, Duration: elapsed(5)}
	}
	names := make([]string, 12)
	for i := range names {
		names[i] = string(rune('a' + i))
	}
	summary := func(results ...event.Result) string {
		s, _, stderr := newSink(t, Config{Names: names[:len(results)]})
		finish(t, s, results...)
		return stderr.String()
	}
	equal(t, "one", summary(copied("1f"), copied("1f"), event.Result{Outcome: event.Exited, Code: 1, Copied: event.CopyFailed}),
		"copied: a,b (2)\nexit 1: c\nsha256: 1f\ntime: median 0.005s, slowest 0.005s (b)\n")
	equal(t, "two", summary(copied("1f"), copied("2f"), copied("2f")),
		"copied: a,b,c (3)\nsha256: 2f b,c (2)\nsha256: 1f a\ntime: median 0.005s, slowest 0.005s (c)\n")
	var many []event.Result
	for _, name := range names {
		many = append(many, copied(name))
	}
	equal(t, "many", summary(many...), "copied: a,b,c,d,e,f,g,h,i,j,k,l (12)\nsha256: 12 different\ntime: median 0.005s, slowest 0.005s (l)\n")
}

// Without an option there is a summary when a host has failed.
func TestSummaryWhen(t *testing.T) {
	for _, test := range []struct {
		name           string
		summary, quiet bool
		code           int
		want           bool
	}{
		{"all well", false, false, 0, false},
		{"a failure", false, false, 1, true},
		{"asked for", true, false, 0, true},
		{"quiet", false, true, 1, false},
	} {
		s, _, stderr := newSink(t, Config{Names: []string{"a"}, Summary: test.summary, Quiet: test.quiet})
		finish(t, s, exited(test.code))
		if got := stderr.Len() > 0; got != test.want {
			t.Errorf("%s: a summary %v, want %v:\n%s", test.name, got, test.want, stderr)
		}
	}
}

func TestSeconds(t *testing.T) {
	for ms, want := range map[int]string{0: "0.000s", 41: "0.041s", 1240: "1.24s", 17_300: "17.3s", 59_990: "60.0s", 245_000: "4m05s", 3_600_000: "60m00s"} {
		equal(t, want, seconds(elapsed(ms)), want)
	}
}

func TestNotes(t *testing.T) {
	s, stdout, stderr := newSink(t, Config{Names: []string{"a", "b"}, Ordered: true, Quiet: true})
	must(t, s, event.Event{Kind: event.Note, Host: 1, Data: []byte("Welcome\nto b")}, out(1, "x\n"))
	finish(t, s, ends(2)...)
	equal(t, "standard error", stderr.String(), "[b] Welcome\n[b] to b\n")
	equal(t, "standard output", stdout.String(), "a:\nb: x\n")
}
