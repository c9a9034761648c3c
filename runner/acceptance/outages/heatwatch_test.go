//go:build cluster && linux

package outages

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// A heatWatch is the standard output of a heat with --format json. It keeps each event with the time
// at which it came.
type heatWatch struct {
	mu     sync.Mutex
	rest   []byte // of a line that has not ended
	events []heatEvent
}

// A heatEvent is a check's result, or a script that ran.
type heatEvent struct {
	at                                         time.Time
	Event, Name, Result, Reason, Votes, Script string
}

// Write never fails.
func (w *heatWatch) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.rest = append(w.rest, p...)
	for {
		line, rest, whole := bytes.Cut(w.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		w.rest = rest
		e := heatEvent{at: now}
		if err := json.Unmarshal(line, &e); err != nil {
			e.Event = "not JSON: " + string(line)
		}
		w.events = append(w.events, e)
	}
}

// after returns the results of a check since then that have these votes.
func (w *heatWatch) after(name string, since time.Time, votes string) (seen []heatEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.Event == "check" && e.Name == name && e.at.After(since) && e.Votes == votes {
			seen = append(seen, e)
		}
	}
	return seen
}

// shows reports whether there is such a result.
func (w *heatWatch) shows(name string, since time.Time, votes string) bool {
	return len(w.after(name, since, votes)) > 0
}

// recovered returns how long after since the first recovery of a check ended; 0 if there was none.
func (w *heatWatch) recovered(name string, since time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.Event == "script" && e.Script == "recovery" && e.Name == name && e.at.After(since) {
			return e.at.Sub(since)
		}
	}
	return 0
}

// String returns the events, for a test that has failed.
func (w *heatWatch) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var text strings.Builder
	for _, e := range w.events {
		text.WriteString(e.at.Format("05.000 ") + strings.Join([]string{e.Event, e.Name, e.Result, e.Reason, e.Votes, e.Script}, " ") + "\n")
	}
	return text.String()
}

// results returns all results of a check so far.
func (w *heatWatch) results(name string) (seen []heatEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.Event == "check" && e.Name == name {
			seen = append(seen, e)
		}
	}
	return seen
}
