package runs

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"clsh/runner/event"
	"clsh/runner/record"
)

// State is how far a run came.
type State string

// The states of a run.
const (
	Finished   State = "finished"   // its record has a summary
	Running    State = "running"    // clsh is still at work
	Unfinished State = "unfinished" // clsh was killed, or the record could not be written to its end
	Damaged    State = "damaged"    // the record cannot be read
)

// An Info is what a list shows of a run: an object of `--runs --format json`, and a line of the
// index.
type Info struct {
	ID         string      `json:"id"`
	Time       time.Time   `json:"time"`
	DurationMS int64       `json:"duration_ms"`
	State      State       `json:"state"`
	Outcomes   []Count     `json:"outcomes"`
	Failed     int         `json:"failed"` // hosts whose command did not exit with 0
	Code       *int        `json:"code,omitempty"`
	Hosts      string      `json:"hosts"` // a LIST
	Command    record.Text `json:"command"`
	Cwd        record.Text `json:"cwd"`
	Output     bool        `json:"output,omitempty"`
	Terminal   string      `json:"terminal,omitempty"`
	Gate       bool        `json:"gate,omitempty"`
	RerunOf    string      `json:"rerun_of,omitempty"`
	// Cut says that the index has only the beginning of Hosts or Command.
	Cut bool `json:"cut,omitempty"`
}

// A Count is how many hosts ended in the same way.
type Count struct {
	Outcome string `json:"outcome"` // event.Result.Kind, or "unfinished"
	Hosts   int    `json:"hosts"`
}

// end is when the run ended.
func (i *Info) end() time.Time { return i.Time.Add(time.Duration(i.DurationMS) * time.Millisecond) }

// outcomes returns the outcomes in words: "97 ok, 2 exit 1, 1 lost". A run that has not finished
// has its state before them.
func (i *Info) outcomes() string {
	var parts []string
	if i.State != Finished {
		parts = append(parts, string(i.State))
	}
	for _, c := range i.Outcomes {
		parts = append(parts, strconv.Itoa(c.Hosts)+" "+c.Outcome)
	}
	return strings.Join(parts, ", ")
}

// A tally counts how hosts ended.
type tally struct {
	counts []ranked
	failed int
}

type ranked struct {
	Count
	outcome event.Outcome
	code    int
}

// add counts a host's end.
func (t *tally) add(r *event.Result) {
	if r.Failed() {
		t.failed++
	}
	code := 0
	if r.Outcome == event.Exited || r.Outcome == event.Signaled {
		code = r.Code
	}
	at, found := slices.BinarySearchFunc(t.counts, ranked{outcome: r.Outcome, code: code}, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.outcome, b.outcome), cmp.Compare(a.code, b.code))
	})
	if !found {
		t.counts = slices.Insert(t.counts, at, ranked{Count{Outcome: r.Kind()}, r.Outcome, code})
	}
	t.counts[at].Hosts++
}

// list returns the counts in the order of a summary: by outcome, then by exit status.
func (t *tally) list() []Count {
	list := []Count{}
	for _, c := range t.counts {
		list = append(list, c.Count)
	}
	return list
}

// newInfo returns the Info of a run. sum is nil if it has not finished.
func newInfo(run *record.Run, t *tally, sum *event.Summary) Info {
	info := Info{
		ID: run.ID, Time: run.Time, State: Unfinished, Outcomes: t.list(), Failed: t.failed,
		Hosts: record.List(run.Hosts), Command: record.Text(run.Command), Cwd: record.Text(run.Cwd),
		Output: run.Output, Terminal: run.Terminal, Gate: run.Gate, RerunOf: run.RerunOf,
	}
	if sum != nil {
		info.State, info.DurationMS, info.Code = Finished, sum.Duration.Milliseconds(), &sum.Code
	}
	return info
}

// maxShown is how many bytes of hosts, and of a command, a line of the index has: more than fits on a
// line of a terminal.
const maxShown = 256

// shorten returns i for the index.
func (i Info) shorten() Info {
	if len(i.Hosts) > maxShown || len(i.Command) > maxShown {
		i.Hosts, i.Command, i.Cut = head(i.Hosts), record.Text(head(string(i.Command))), true
	}
	return i
}

// head returns the beginning of text, without a part of a character at its end.
func head(text string) string {
	if len(text) <= maxShown {
		return text
	}
	n := maxShown
	for n > maxShown-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
