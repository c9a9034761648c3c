package state

import (
	"encoding/json"
	"time"

	"clsh/heat/history"
	"clsh/heat/output"
	"clsh/heat/policy"
	"clsh/heat/process"
)

// Files names what a Store writes.
type Files struct {
	State   string // "": none
	Metrics string // "": none
	Check   string // the name of the check, for the metrics; "": none
}

// A Store holds the counters and writes the state file and the metrics. It is not for concurrent
// use.
type Store struct {
	// Running is the recovery under way, if there is one. Load sets it where an earlier heat's
	// recovery still runs.
	Running *process.ID

	state, metricsFile output.Publication
	check              string // its name
	logf               func(string, ...any)
	totals             totals
	lateness           float64 // of the last check, in seconds
	unknown            bool    // the last check said nothing about the service

	written   *kept // what the state file has of it; nil: it is to be written
	writtenAt time.Duration
}

// New returns a Store with no counts. It reports through logf, from any goroutine, what cannot be
// read or written.
func New(files Files, logf func(format string, args ...any)) *Store {
	s := &Store{
		state:       output.Publication{What: "state", Path: files.State, Logf: logf, Durable: true},
		metricsFile: output.Publication{What: "metrics", Path: files.Metrics, Logf: logf},
		check:       files.Check, logf: logf,
	}
	s.totals.Checks, s.totals.Recoveries = map[string]uint64{}, map[string]uint64{}
	return s
}

// Checked counts a check that began late by late.
func (s *Store) Checked(v policy.Verdict, r policy.Result, late time.Duration) {
	s.totals.Checks[v.String()]++
	if v != policy.Unrunnable {
		s.totals.Durations.add((r.End - r.Begin).Seconds())
	}
	s.unknown = v != policy.Good && v != policy.Bad
	s.totals.Days = history.Add(s.totals.Days, time.Unix(r.Unix, 0), v == policy.Good, v == policy.Bad)
	switch v {
	case policy.Good:
		s.totals.Up, s.totals.LastSuccess = true, r.Unix
	case policy.Bad:
		s.totals.Up = false
	}
	s.lateness = late.Seconds()
}

// Recovery counts a recovery whose outcome is known now.
func (s *Store) Recovery(proven bool) {
	if proven {
		s.totals.Recoveries[recoveryProven]++
	} else {
		s.totals.Recoveries[recoveryFailed]++
	}
}

// due reports whether the state file has to be written, and marks it as written.
func (s *Store) due(p policy.State, now time.Duration) bool {
	p.Good, p.Rechecks, p.Due, p.Grid = 0, 0, 0, policy.Grid{} // a restart needs none of them
	is := kept{policy: p}
	if s.Running != nil {
		is.running = *s.Running
	}
	if s.written != nil && *s.written == is && now-s.writtenAt < countersEvery && !s.state.Failed() {
		return false
	}
	s.written, s.writtenAt = &is, now
	return true
}

// Save writes both files if there is something new for them. now is the instant on the clock of the
// policy.
func (s *Store) Save(p policy.State, now time.Duration) {
	if s.state.Path != "" && s.due(p, now) {
		text, _ := json.Marshal(saved{ // nothing in it can fail
			savedVersion, p.Phase, p.Streak, p.Tried, moment(p.NotBefore, now), moment(p.ForgetAt, now), s.Running,
			newHealth(&p.Health, now), s.totals,
		})
		s.state.Set(append(text, '\n'))
	}
	if s.metricsFile.Path != "" {
		s.metricsFile.Set(metrics(s.check, &s.totals, s.lateness, p))
	}
}

// Flush is Save for a heat that ends: it also writes what only counters have changed.
func (s *Store) Flush(p policy.State, now time.Duration) {
	s.written = nil
	s.Save(p, now)
}

// StateSettled returns a channel that is closed when the state file is written, or limit is over.
func (s *Store) StateSettled(limit time.Duration) <-chan struct{} { return s.state.Settled(limit) }

// Lanes returns what has to settle before heat ends.
func (s *Store) Lanes() []*output.Lane { return []*output.Lane{&s.state.Lane, &s.metricsFile.Lane} }

// kept is what a state file must have even if the machine crashes.
type kept struct {
	policy  policy.State
	running process.ID
}

// countersEvery bounds how old the totals in a state file are.
const countersEvery = time.Minute
