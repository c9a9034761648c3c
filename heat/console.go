package heat

import (
	"encoding/json"
	"fmt"
	"io"
	"syscall"
	"time"

	"clsh/heat/policy"
)

// A console is standard output: the original's lines and nothing else, or an
// object for each event.
type console struct {
	w           io.Writer
	json, quiet bool
	log         string // its name, for "details in"
	last        policy.Verdict
	err         error // the first one of w
}

// event is one line of --format json. Time is the wall clock in seconds: for a
// check that of its begin, otherwise that of the event.
type event struct {
	Time     int64  `json:"time"`
	Event    string `json:"event"` // check, signal, script, recovery, recovered, gave-up
	Result   string `json:"result,omitempty"`
	Code     *int   `json:"code,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Signal   string `json:"signal,omitempty"`
	Pid      int    `json:"pid,omitempty"`
	Duration *int64 `json:"duration_ms,omitempty"`
	// Failures is the number of failed checks in the row.
	Failures   *int   `json:"failures,omitempty"`
	Recheck    bool   `json:"recheck,omitempty"`
	Paused     bool   `json:"paused,omitempty"`
	Script     string `json:"script,omitempty"`
	Recoveries int    `json:"recoveries,omitempty"`
	Error      string `json:"error,omitempty"`
	Watch      bool   `json:"would,omitempty"` // --watch: it was not done
}

// show writes the line of a check that the policy wants on the console.
func (c *console) show(do policy.Do, r policy.Result) {
	verdict := map[policy.Do]policy.Verdict{
		policy.ShowOK: policy.Good, policy.ShowFailed: policy.Bad, policy.ShowUnknown: policy.Unknown,
	}[do]
	if c.json || !c.changed(verdict) {
		return
	}
	c.print(checkLine(do, r, c.log))
}

// changed tells whether a check is to be shown that ended as verdict.
func (c *console) changed(verdict policy.Verdict) bool {
	changed := verdict != c.last
	c.last = verdict
	return changed || !c.quiet
}

// checkLine is the console's line of a check.
func checkLine(do policy.Do, r policy.Result, log string) string {
	switch do {
	case policy.ShowOK:
		return fmt.Sprintf("%d: OK\n", r.Unix)
	case policy.ShowUnknown:
		return fmt.Sprintf("%d: Unknown: Exit Code %d\n", r.Unix, r.Code)
	default:
		return fmt.Sprintf("%d: Failed: Exit Code %d, details in %s\n", r.Unix, r.Code, log)
	}
}

// check writes the object of a check; there is one for re-checks as well.
func (c *console) check(v policy.Verdict, r policy.Result, recheck bool, failures int, err error) {
	if !c.json || !c.changed(v) {
		return
	}
	e := event{
		Time: r.Unix, Event: "check", Result: v.String(), Code: &r.Code, Reason: r.Outcome.String(),
		Signal: signalName(r.Signal), Pid: r.Pid, Duration: millis(r.End - r.Begin),
		Failures: &failures, Recheck: recheck, Paused: r.Paused,
	}
	if err != nil {
		e.Error = err.Error()
	}
	c.emit(e)
}

// signal writes the object of a signal that was sent, or not.
func (c *console) signal(now int64, s syscall.Signal, pid int, err error, would bool) {
	e := event{Time: now, Event: "signal", Signal: signalName(s), Pid: pid, Watch: would}
	if err != nil {
		e.Error = err.Error()
	}
	if !c.quiet {
		c.event(e)
	}
}

// event writes an object.
func (c *console) event(e event) {
	if c.json {
		c.emit(e)
	}
}

func (c *console) emit(e event) {
	line, err := json.Marshal(e)
	if err != nil {
		c.err = err
		return
	}
	c.print(string(line) + "\n")
}

func (c *console) print(line string) {
	if _, err := io.WriteString(c.w, line); err != nil && c.err == nil {
		c.err = err
	}
}

func millis(d time.Duration) *int64 {
	ms := d.Milliseconds()
	return &ms
}
