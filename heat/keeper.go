package heat

import (
	"encoding/json"
	"time"

	"clsh/heat/output"
	"clsh/heat/policy"
)

// A keeper holds what is kept beside the policy's state: the totals. It writes
// the state file and the metrics. What goes wrong there is reported once and
// stops nothing.
type keeper struct {
	state, metricsFile output.Publication
	check              string // its name
	tell               func(string, ...any)
	totals             totals
	lateness           float64
	running            *processID // the recovery under way, if any

	written   *kept // what the state file has of it; nil: it is to be written
	writtenAt time.Duration
}

// kept is what a state file must have even if the machine crashes. It is
// written when it changes, the totals beside it only with it, at heat's end,
// and once in countersEvery: a write waits for the disk, and most checks change
// nothing but a counter.
type kept struct {
	phase               policy.Phase
	row                 policy.Row
	tried               int
	notBefore, forgetAt time.Duration
	running             processID
}

// countersEvery bounds how old the totals in a state file are.
const countersEvery = time.Minute

// totals are the counters that survive a restart.
type totals struct {
	Checks      map[string]uint64 `json:"checks"`     // by result
	Recoveries  map[string]uint64 `json:"recoveries"` // by result
	Durations   histogram         `json:"durations"`
	Up          bool              `json:"up"`
	LastSuccess int64             `json:"last_success"` // wall clock, s; 0: never
}

// The results of recoveries.
const (
	recoveryProven = "proven"
	recoveryFailed = "failed"
)

func newKeeper(cfg *config, tell func(string, ...any)) *keeper {
	k := &keeper{
		state:       output.Publication{What: "state", Path: cfg.state, Tell: tell, Durable: true},
		metricsFile: output.Publication{What: "metrics", Path: cfg.metrics, Tell: tell},
		check:       cfg.label.Name, tell: tell,
	}
	k.totals.Checks, k.totals.Recoveries = map[string]uint64{}, map[string]uint64{}
	return k
}

// checked counts a check that began late by late.
func (k *keeper) checked(v policy.Verdict, r policy.Result, late time.Duration) {
	k.totals.Checks[v.String()]++
	if v != policy.Unrunnable {
		k.totals.Durations.add((r.End - r.Begin).Seconds())
	}
	switch v {
	case policy.Good:
		k.totals.Up, k.totals.LastSuccess = true, r.Unix
	case policy.Bad:
		k.totals.Up = false
	}
	k.lateness = late.Seconds()
}

// recovery counts a recovery whose outcome is known now.
func (k *keeper) recovery(proven bool) {
	if proven {
		k.totals.Recoveries[recoveryProven]++
	} else {
		k.totals.Recoveries[recoveryFailed]++
	}
}

// due reports whether the state file is to be written, and takes it as written.
func (k *keeper) due(s policy.State, now time.Duration) bool {
	is := kept{phase: s.Phase, row: s.Row, tried: s.Tried, notBefore: s.NotBefore, forgetAt: s.ForgetAt}
	if k.running != nil {
		is.running = *k.running
	}
	if k.written != nil && *k.written == is && now-k.writtenAt < countersEvery && !k.state.Failed() {
		return false
	}
	k.written, k.writtenAt = &is, now
	return true
}

// save has both files written, where there is something new for them.
func (k *keeper) save(s policy.State, now time.Duration) {
	if k.state.Path != "" && k.due(s, now) {
		text, err := json.Marshal(saved{
			savedVersion, s.Phase, s.Row, s.Tried, moment(s.NotBefore, now), moment(s.ForgetAt, now), k.running, k.totals,
		})
		if err != nil {
			k.tell("write state: %v", err)
		} else {
			k.state.Set(append(text, '\n'))
		}
	}
	if k.metricsFile.Path != "" {
		k.metricsFile.Set(k.metrics(s))
	}
}
