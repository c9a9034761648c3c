package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"clsh/heat/output"
)

// A Side keeps in a file where a switch has put the traffic.
type Side struct {
	file output.Publication
	logf func(string, ...any)
}

// savedSide is that file.
type savedSide struct {
	Version int       `json:"version"`
	Side    string    `json:"side"`
	Changed time.Time `json:"changed"`
}

// NewSide returns a Side with the file path; "": none. It reports through logf, from any goroutine.
func NewSide(path string, logf func(format string, args ...any)) *Side {
	return &Side{output.Publication{What: "state", Path: path, Logf: logf, Durable: true}, logf}
}

// Load returns what was stored, and how old it is; "" if nothing was. A file that cannot be used is
// reported, and replaced by the next Set.
func (s *Side) Load(sides ...string) (side string, age time.Duration) {
	if s.file.Path == "" {
		return "", 0
	}
	text, err := os.ReadFile(s.file.Path)
	var in savedSide
	if err == nil {
		err = json.Unmarshal(text, &in)
	}
	if err == nil {
		if in.Version == savedVersion && slices.Contains(sides, in.Side) {
			return in.Side, max(time.Since(in.Changed), 0)
		}
		err = errors.New("it is not the state file of a switch")
	}
	if !errors.Is(err, fs.ErrNotExist) {
		s.logf("read state file %s: %v; the traffic is taken to be on the %s", s.file.Path, err, sides[0])
	}
	return "", 0
}

// Set stores where the traffic is since now.
func (s *Side) Set(side string) {
	if s.file.Path == "" {
		return
	}
	text, _ := json.Marshal(savedSide{savedVersion, side, time.Now().Round(0)}) // nothing in it can fail
	s.file.Set(fmt.Appendf(text, "\n"))
}

// Settled returns a channel that is closed when the file is written, or limit is over.
func (s *Side) Settled(limit time.Duration) <-chan struct{} { return s.file.Settled(limit) }
