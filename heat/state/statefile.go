package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"clsh/heat/output"
	"clsh/heat/policy"
	"clsh/heat/process"
)

// saved is the state file. A policy's instants are in it by the wall clock.
type saved struct {
	Version   int           `json:"version"`
	Phase     policy.Phase  `json:"phase"`
	Streak    policy.Streak `json:"row"`
	Tried     int           `json:"tried,omitempty"`
	NotBefore *time.Time    `json:"not_before,omitempty"`
	ForgetAt  *time.Time    `json:"forget_at,omitempty"`
	Running   *process.ID   `json:"running,omitempty"` // the recovery under way
	Health    *health       `json:"health,omitempty"`
	totals
}

const savedVersion = 1

// stateBound is the most that a state file may hold; one has about a kilobyte.
const stateBound = 64 << 10

// readState reads a state file.
func readState(name string) (in saved, err error) {
	f, err := output.OpenRegular(name)
	if err != nil {
		return in, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, stateBound+1))
	switch {
	case err != nil:
		return in, err
	case len(text) > stateBound:
		return in, fmt.Errorf("it has more than %d bytes", stateBound)
	case len(text) == 0:
		return in, errors.New("it is empty")
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return in, err
	}
	if in.Version != savedVersion || in.Streak.Count < 0 || in.Streak.Recoveries < 0 || in.Tried < 0 || !in.Durations.valid() ||
		in.Checks == nil || in.Recoveries == nil {
		return in, errors.New("it is not a state file of this heat")
	}
	return in, nil
}

// Load reads the state file and takes over its counters. now is the instant on the clock of the
// policy. found is false where there is no file, or none that can be used.
func (s *Store) Load(now time.Duration) (p policy.State, found bool) {
	if s.state.Path == "" {
		return p, false
	}
	in, err := readState(s.state.Path)
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, output.ErrNotRegular): // it is left alone
		s.logf("read state: %v", err)
	default:
		s.setAside(err)
	}
	if err != nil {
		return p, false
	}
	s.totals = in.totals
	if in.Running != nil && in.Running.Alive() {
		s.Running = in.Running
	}
	p.Phase, p.Streak, p.Tried = in.Phase, in.Streak, in.Tried
	p.NotBefore, p.ForgetAt = instant(in.NotBefore, now), instant(in.ForgetAt, now)
	p.Health = in.Health.policy(now)
	return p, true
}

func (s *Store) setAside(why error) {
	bad := s.state.Path + ".bad"
	if err := os.Rename(s.state.Path, bad); err != nil {
		s.logf("read state file %s: %v; it stays there: %v", s.state.Path, why, err)
		return
	}
	s.logf("read state file %s: %v; moved to %s, a new one begins", s.state.Path, why, bad)
}
