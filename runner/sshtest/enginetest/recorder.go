package enginetest

import (
	"bytes"
	"sync"

	"clsh/runner/event"
)

// A Recorder is a sink that keeps all events.
type Recorder struct {
	mu      sync.Mutex
	Events  map[int][]event.Kind
	Out     map[int]*bytes.Buffer
	Results map[int]event.Result
	Pieces  []int    // lengths of output without a last newline
	Seen    chan int // gets the host of each output
	Fail    error    // returned for output

	Order []event.Event // without output: hosts' starts and ends, and groups
}

// NewRecorder returns a Recorder.
func NewRecorder() *Recorder {
	return &Recorder{Events: map[int][]event.Kind{}, Out: map[int]*bytes.Buffer{}, Results: map[int]event.Result{}, Seen: make(chan int, 1000)}
}

// Event records e, unless it is only for sinks that draw.
func (r *Recorder) Event(e event.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.Kind {
	case event.Tick, event.Connecting, event.GateOutput:
		return nil
	case event.BatchStarted, event.BatchEnded, event.Waiting:
		r.Order = append(r.Order, e)
		return nil
	case event.Started, event.Ended:
		r.Order = append(r.Order, e)
	}
	r.Events[e.Host] = append(r.Events[e.Host], e.Kind)
	switch e.Kind {
	case event.Output:
		if r.Out[e.Host] == nil {
			r.Out[e.Host] = &bytes.Buffer{}
		}
		r.Out[e.Host].Write(e.Data)
		if e.Data[len(e.Data)-1] != '\n' {
			r.Pieces = append(r.Pieces, len(e.Data))
		}
		r.Seen <- e.Host
		return r.Fail
	case event.Ended:
		r.Results[e.Host] = *e.Result
	}
	return nil
}

// Close does nothing.
func (r *Recorder) Close(*event.Summary) error { return nil }

// Text returns the output of a host.
func (r *Recorder) Text(host int) string {
	if r.Out[host] == nil {
		return ""
	}
	return r.Out[host].String()
}
