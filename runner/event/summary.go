package event

import (
	"syscall"
	"time"
)

// The exit statuses of the tool that are no command's (clsh(1), "EXIT STATUS").
const (
	CodeOutput  = 1   // the tool could not write its own output
	CodeUsage   = 2   // the call was wrong; nothing has run
	CodeHalted  = 3   // a rollout was stopped, or not all hosts were started, and none failed
	CodeTimeout = 124 // as timeout(1)
	CodeLost    = 255 // as ssh(1)

	codeSignal = 128 // + n, as shells report the end by signal n
)

// CodeOfSignal returns the exit status of a process that a signal ended.
func CodeOfSignal(sig syscall.Signal) int { return codeSignal + int(sig) }

// Summary is the whole run in figures. Its counts add up to Hosts.
type Summary struct {
	Hosts  int
	Counts map[Outcome]int
	// OK is the number of hosts whose command exited with 0.
	OK int
	// Code is the exit status of the tool (manual, "exit status").
	Code int
	// Interrupt is the signal that ended the run, or 0.
	Interrupt syscall.Signal
	// Stop is the early end of a rollout, if there was one.
	Stop     Stop
	Duration time.Duration
}

// Tally counts results as they come. Its zero value is ready to use.
type Tally struct {
	counts  map[Outcome]int
	ok      int
	highest int // exit status of a command
}

// Add counts the result of one host.
func (t *Tally) Add(r *Result) {
	if t.counts == nil {
		t.counts = map[Outcome]int{}
	}
	t.counts[r.Outcome]++
	switch r.Outcome {
	case Exited, Signaled:
		t.highest = max(t.highest, r.Code)
		if r.Code == 0 {
			t.ok++
		}
	}
}

// Failed returns how many of the hosts have failed, as Result.Failed counts.
func (t *Tally) Failed() int {
	n := -t.ok
	for outcome, hosts := range t.counts {
		if outcome != Stopped && outcome != NotStarted {
			n += hosts
		}
	}
	return n
}

// Count returns how many hosts have had an outcome.
func (t *Tally) Count(o Outcome) int { return t.counts[o] }

// OK returns how many hosts exited with 0.
func (t *Tally) OK() int { return t.ok }

// Summary returns the figures of a run of so many hosts that took d. interrupt is the signal
// that ended it, or 0; stop is the early end of a rollout.
func (t *Tally) Summary(hosts int, d time.Duration, interrupt syscall.Signal, stop Stop) *Summary {
	s := &Summary{Hosts: hosts, Counts: t.counts, OK: t.ok, Code: t.code(stop), Interrupt: interrupt, Stop: stop, Duration: d}
	if s.Counts == nil {
		s.Counts = map[Outcome]int{}
	}
	if interrupt != 0 {
		s.Code = CodeOfSignal(interrupt)
	}
	return s
}

// code is the exit status where neither a signal nor an error of our own output rules.
func (t *Tally) code(stop Stop) int {
	switch {
	case t.counts[Lost]+t.counts[Unreachable] > 0:
		return CodeLost
	case t.counts[Timeout] > 0:
		return CodeTimeout
	case t.highest == 0 && (stop.By != "" || t.counts[NotStarted] > 0):
		return CodeHalted
	}
	return t.highest
}
