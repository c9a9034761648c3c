package shells

import (
	"sync"
	"time"

	"clsh/runner/event"
)

// A Task is one command on some of the hosts.
type Task struct {
	Command string
	Ranks   []int
	Timeout time.Duration // 0: no limit
	// KeepGoing: a host that is lost does not stop the others.
	KeepGoing bool
	// Fanout is how many hosts run it at a time.
	Fanout int
	// Sink gets the events; it is not closed.
	Sink event.Sink
	// Stop, closed, stops the command everywhere; the shells stay.
	Stop <-chan struct{}
	// Drain, closed, lets it begin on no further host.
	Drain <-chan struct{}
}

// Reopened is a shell that has ended and was opened again.
type Reopened struct {
	Rank   int
	Status int // with which it ended
}

// A run is a Task that runs. Its fields are guarded by common.sinkMu, except stopc.
type run struct {
	Task
	stopc    chan struct{}
	once     sync.Once
	tally    event.Tally
	reopened []Reopened
	err      error
}

// pass passes an event to r's sink. The caller holds common.sinkMu.
func (r *run) pass(e event.Event) {
	e.Time = time.Now()
	if err := r.Sink.Event(e); err != nil {
		r.fail(err)
	}
}

// stop stops the command on every host.
func (r *run) stop() { r.once.Do(func() { close(r.stopc) }) }

// fail keeps the first error of r's sink and stops the command. The caller holds common.sinkMu.
func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.stop()
}

// A task is a run on one host.
type task struct {
	*run
	request []byte
	done    chan struct{} // closed when it has ended there
}
