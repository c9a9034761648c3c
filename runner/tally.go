package runner

import "time"

// A tally counts results as they come.
type tally struct {
	counts  map[Outcome]int
	ok      int
	highest int // exit status of a command
}

func (t *tally) add(r *Result) {
	t.counts[r.Outcome]++
	switch r.Outcome {
	case Exited, Signaled:
		t.highest = max(t.highest, r.Code)
		if r.Code == 0 {
			t.ok++
		}
	}
}

// The exit statuses of the tool that are no command's (manual, "exit status").
const (
	CodeOutput  = 1   // the tool could not write its own output
	CodeUsage   = 2   // the call was wrong; nothing has run
	CodeTimeout = 124 // as timeout(1)
	CodeLost    = 255 // as ssh(1)
	codeSignal  = 128 // + n, as shells
)

func (r *Runner) summary(d time.Duration) *Summary {
	s := &Summary{Hosts: len(r.cfg.Hosts), Counts: r.tally.counts, OK: r.tally.ok, Duration: d}
	r.mu.Lock()
	s.Interrupt = r.interrupt
	r.mu.Unlock()
	s.Code = r.tally.code()
	if s.Interrupt != 0 {
		s.Code = codeSignal + int(s.Interrupt)
	}
	return s
}

// code is the exit status where neither a signal nor an error of our own
// output rules.
func (t *tally) code() int {
	switch {
	case t.counts[Lost]+t.counts[Unreachable] > 0:
		return CodeLost
	case t.counts[Timeout] > 0:
		return CodeTimeout
	}
	return t.highest
}
