package heat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"clsh/heat/output"
	"clsh/heat/policy"
)

// saved is the state file. A policy's instants are in it by the wall clock.
type saved struct {
	Version   int          `json:"version"`
	Phase     policy.Phase `json:"phase"`
	Row       policy.Row   `json:"row"`
	Tried     int          `json:"tried,omitempty"`
	NotBefore *time.Time   `json:"not_before,omitempty"`
	ForgetAt  *time.Time   `json:"forget_at,omitempty"`
	Running   *processID   `json:"running,omitempty"` // the recovery under way
	totals
}

const savedVersion = 1

// stateBound is the most that a state file may hold; one has about a kilobyte.
const stateBound = 64 << 10

// openRegular opens a file for reading. It does not wait for the writer of a
// FIFO, and refuses what is no regular file, which might never end.
func openRegular(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: output.ErrNotRegular}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// readState reads a state file.
func readState(name string) (in saved, err error) {
	f, err := openRegular(name)
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
	if in.Version != savedVersion || in.Row.Count < 0 || in.Row.Recoveries < 0 || in.Tried < 0 || !in.Durations.valid() ||
		in.Checks == nil || in.Recoveries == nil {
		return in, errors.New("it is not a state file of this heat")
	}
	return in, nil
}

// load reads the state file; now is the instant on the loop's clock. Where
// there is none, found is false. One that cannot be read is set aside, so that
// a heat that a service manager starts again and again does not stay down for
// it; what is no regular file is left alone.
func (k *keeper) load(now time.Duration) (s policy.State, found bool) {
	if k.state.Path == "" {
		return s, false
	}
	in, err := readState(k.state.Path)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		return s, false
	case errors.Is(err, output.ErrNotRegular):
		k.tell("read state: %v", err)
		return s, false
	default:
		k.setAside(err)
		return s, false
	}
	k.totals = in.totals
	if in.Running != nil && in.Running.alive() {
		k.running = in.Running
	}
	s.Phase, s.Row, s.Tried = in.Phase, in.Row, in.Tried
	s.NotBefore, s.ForgetAt = instant(in.NotBefore, now), instant(in.ForgetAt, now)
	return s, true
}

func (k *keeper) setAside(why error) {
	bad := k.state.Path + ".bad"
	if err := os.Rename(k.state.Path, bad); err != nil {
		k.tell("read state file %s: %v; it stays there: %v", k.state.Path, why, err)
		return
	}
	k.tell("read state file %s: %v; moved to %s, a new one begins", k.state.Path, why, bad)
}

// instant is a moment of the wall clock on the loop's clock, never 0. One that
// is past is now.
func instant(t *time.Time, now time.Duration) time.Duration {
	if t == nil {
		return 0
	}
	return max(now+max(time.Until(*t), 0), 1)
}

// moment is the opposite of instant.
func moment(instant, now time.Duration) *time.Time {
	if instant == 0 {
		return nil
	}
	t := time.Now().Add(instant - now).Round(0)
	return &t
}
