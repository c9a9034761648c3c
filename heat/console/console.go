// Package console shows the checks and what heat does on standard output, and has the words for it.
package console

import (
	"encoding/json"
	"fmt"
	"syscall"
	"time"

	"clsh/heat/output"
	"clsh/heat/policy"
	"clsh/heat/process"
)

// A Console is standard output: the Python heat's lines and nothing else, or an object for each
// event.
type Console struct {
	Out         *output.Outlet
	Label       output.Label
	JSON, Quiet bool
	Log         string // its name, for "details in"
	last        policy.Verdict
}

// An Event is one line of --format json. Time is the wall clock in seconds: for a
// check that of its begin, otherwise that of the event.
type Event struct {
	Time     any    `json:"time"` // int64; a string with --time iso
	Name     string `json:"name,omitempty"`
	Event    string `json:"event"`           // docs/heat.md has them
	Lines    int    `json:"lines,omitempty"` // lost ones
	Result   string `json:"result,omitempty"`
	Code     *int   `json:"code,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Signal   string `json:"signal,omitempty"`
	Pid      int    `json:"pid,omitempty"`
	Duration *int64 `json:"duration_ms,omitempty"`
	// Failures is the number of failed checks in the streak.
	Failures *int `json:"failures,omitempty"`
	// Good is the number of good checks in a row, with --until-ok.
	Good    *int   `json:"good,omitempty"`
	Recheck bool   `json:"recheck,omitempty"`
	Paused  bool   `json:"paused,omitempty"`
	Script  string `json:"script,omitempty"`
	Transition
	Recoveries int    `json:"recoveries,omitempty"`
	Error      string `json:"error,omitempty"`
	Others
	Would bool `json:"would,omitempty"` // --dry-run: it was not done
}

// Transition is what the state of a check or a switch has become.
type Transition struct {
	State  string `json:"state,omitempty"`
	Change string `json:"change,omitempty"`
	Since  any    `json:"since,omitempty"` // as Time
}

// Others is why a check is unknown: because of other checks, or of the places it runs in.
type Others struct {
	Needs string `json:"needs,omitempty"` // with --config: what fails
	Votes string `json:"votes,omitempty"` // with places
}

// Show writes the line of a check that the policy wants on the console.
func (c *Console) Show(do policy.Do, r policy.Result) {
	verdict := map[policy.Do]policy.Verdict{
		policy.ShowOK: policy.Good, policy.ShowFailed: policy.Bad, policy.ShowUnknown: policy.Unknown,
	}[do]
	if c.JSON || !c.changed(verdict) {
		return
	}
	_, _ = c.Out.Write([]byte(CheckLine(do, r, c.Label, c.Log)))
}

// changed reports whether to show a check that ended as verdict.
func (c *Console) changed(verdict policy.Verdict) bool {
	changed := verdict != c.last
	c.last = verdict
	return changed || !c.Quiet
}

// CheckLine is the console's line of a check.
func CheckLine(do policy.Do, r policy.Result, l output.Label, log string) string {
	at := l.Line(r.Unix)
	switch do {
	case policy.ShowOK:
		return at + "OK\n"
	case policy.ShowUnknown:
		switch r.Outcome {
		case policy.Held:
			return at + "Unknown: needs " + r.Needs + "\n"
		case policy.NoQuorum:
			return at + "Unknown: " + r.Votes + "\n"
		}
		return fmt.Sprintf("%sUnknown: Exit Code %d\n", at, r.Code)
	default:
		return fmt.Sprintf("%sFailed: Exit Code %d, details in %s\n", at, r.Code, log)
	}
}

// Check writes the object of a check; there is one for re-checks as well.
func (c *Console) Check(v policy.Verdict, r policy.Result, recheck bool, failures int, err error) {
	if !c.JSON || !c.changed(v) {
		return
	}
	e := Event{
		Time: r.Unix, Event: "check", Result: v.String(), Code: &r.Code, Reason: r.Outcome.String(),
		Signal: process.SignalName(r.Signal), Pid: r.Pid, Duration: Millis(r.End - r.Begin),
		Failures: &failures, Recheck: recheck, Paused: r.Paused, Others: Others{Needs: r.Needs, Votes: r.Votes},
	}
	if err != nil {
		e.Error = err.Error()
	}
	c.Event(e)
}

// Signal writes the object of a signal that was sent, or not.
func (c *Console) Signal(now int64, s syscall.Signal, pid int, err error, would bool) {
	e := Event{Time: now, Event: "signal", Signal: process.SignalName(s), Pid: pid, Would: would}
	if err != nil {
		e.Error = err.Error()
	}
	if !c.Quiet {
		c.Event(e)
	}
}

// Event writes an object, if those are asked for.
func (c *Console) Event(e Event) {
	if c.JSON {
		_, _ = c.Out.Write(c.Object(e)) // an outlet reports its errors
	}
}

// Object is an event's line. Marshal fails on no event.
func (c *Console) Object(e Event) []byte {
	e.Name = c.Label.Name
	for _, at := range []*any{&e.Time, &e.Since} {
		if unix, ok := (*at).(int64); ok && c.Label.ISO {
			*at = c.Label.Time(unix)
		}
	}
	line, _ := json.Marshal(e)
	return append(line, '\n')
}

// Millis is a duration as an event has it.
func Millis(d time.Duration) *int64 {
	ms := d.Milliseconds()
	return &ms
}
