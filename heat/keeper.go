package heat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"clsh/heat/policy"
)

// A keeper holds what is kept beside the policy's state: the totals. It writes
// the state file and the metrics. What goes wrong there is told once and stops
// nothing.
type keeper struct {
	stateFile, metricsFile string
	tell                   func(string, ...any)
	told                   map[string]bool
	totals                 totals
	lateness               float64
}

// totals are the counters that survive a restart.
type totals struct {
	Checks      map[string]uint64 `json:"checks"`     // by result
	Recoveries  map[string]uint64 `json:"recoveries"` // by result
	Durations   histogram         `json:"durations"`
	Up          bool              `json:"up"`
	LastSuccess int64             `json:"last_success"` // wall clock, s; 0: never
}

// saved is the state file.
type saved struct {
	Version int          `json:"version"`
	Phase   policy.Phase `json:"phase"`
	Row     policy.Row   `json:"row"`
	totals
}

const savedVersion = 1

// The results of recoveries.
const (
	recoveryProven = "proven"
	recoveryFailed = "failed"
)

func newKeeper(stateFile, metricsFile string, tell func(string, ...any)) *keeper {
	k := &keeper{stateFile: stateFile, metricsFile: metricsFile, tell: tell, told: map[string]bool{}}
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

// load reads the state file. Where there is none, found is false.
func (k *keeper) load() (s policy.State, found bool, err error) {
	if k.stateFile == "" {
		return s, false, nil
	}
	text, err := os.ReadFile(k.stateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("read state: %w", err)
	}
	var in saved
	in.totals = k.totals
	if err := json.Unmarshal(text, &in); err != nil {
		return s, false, fmt.Errorf("read state file %s: %w; remove it to begin anew", k.stateFile, err)
	}
	if in.Version != savedVersion || in.Row.Count < 0 || in.Row.Recoveries < 0 || !in.Durations.valid() ||
		in.Checks == nil || in.Recoveries == nil {
		return s, false, fmt.Errorf("read state file %s: it is not one of this heat's; remove it to begin anew", k.stateFile)
	}
	k.totals = in.totals
	s.Phase, s.Row = in.Phase, in.Row
	return s, true, nil
}

// save writes both files.
func (k *keeper) save(s policy.State) {
	if k.stateFile != "" {
		text, err := json.Marshal(saved{savedVersion, s.Phase, s.Row, k.totals})
		if err == nil {
			err = replaceFile(k.stateFile, append(text, '\n'), 0o644)
		}
		k.report("state", err)
	}
	if k.metricsFile != "" {
		k.report("metrics", replaceFile(k.metricsFile, k.metrics(s), 0o644))
	}
}

func (k *keeper) report(what string, err error) {
	if err != nil && !k.told[what] {
		k.tell("write %s: %v; checks go on, and this is told once", what, err)
	}
	k.told[what] = err != nil
}
