package shells

import (
	"sync"
	"time"

	"clsh/runner/event"
	"clsh/runner/remote"
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

// Reopened tells of a shell that has ended and was opened again.
type Reopened struct {
	Rank   int
	Status int // with which it ended
}

// Run runs t, on hosts that still connect as soon as they have, and returns when all have
// ended: the summary, and the shells that were reopened since the last command. The error is
// the sink's.
func (s *Set) Run(t Task) (*event.Summary, []Reopened, error) {
	began := time.Now()
	r := &run{Task: t, stopc: make(chan struct{})}
	over := make(chan struct{})
	var beside, wg sync.WaitGroup
	beside.Go(func() {
		select {
		case <-t.Stop:
			r.stop()
		case <-over:
		}
	})
	places := make(chan struct{}, max(t.Fanout, 1))
	request := remote.ShellRun(t.Command)
	for _, rank := range t.Ranks {
		places <- struct{}{}
		wg.Go(func() {
			s.runOn(rank, r, request)
			<-places
		})
	}
	wg.Wait()
	close(over)
	beside.Wait()
	return r.tally.Summary(len(t.Ranks), time.Since(began), 0), r.reopened, r.err
}

// runOn runs the command on one host.
func (s *Set) runOn(rank int, r *run, request []byte) {
	sh := s.at(rank)
	if s.State(rank) == Connecting {
		s.Beside(func() { r.pass(event.Event{Kind: event.Connecting, Host: rank}) })
	}
	t := &task{run: r, request: request, done: make(chan struct{})}
	if !closed(r.stopc) && !closed(r.Drain) {
		select {
		case sh.tasks <- t:
			<-t.done
			return
		case <-r.stopc:
		case <-r.Drain:
		}
	}
	s.end(sh, r, event.Result{Outcome: event.NotStarted})
}

// run is a Task that runs. All but stopc is guarded by Set.sinkMu.
type run struct {
	Task
	stopc    chan struct{}
	once     sync.Once
	tally    event.Tally
	reopened []Reopened
	err      error
}

// pass gives an event to r's sink. The caller holds Set.sinkMu.
func (r *run) pass(e event.Event) {
	e.Time = time.Now()
	if err := r.Sink.Event(e); err != nil {
		r.fail(err)
	}
}

func (r *run) stop() { r.once.Do(func() { close(r.stopc) }) }

func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.stop()
}

// task is a run on one host.
type task struct {
	*run
	request []byte
	done    chan struct{} // closed when it has ended there
}

// end sends the end of sh's part, and gives output of sh back to the other sink.
func (s *Set) end(sh *shell, r *run, result event.Result) {
	if result.IsLost() && !r.KeepGoing {
		r.stop()
	}
	s.sinkMu.Lock()
	defer s.sinkMu.Unlock()
	r.tally.Add(&result)
	r.reopened = append(r.reopened, sh.reopened...)
	sh.reopened, sh.sink = nil, s.options.Sink
	r.pass(event.Event{Kind: event.Ended, Host: sh.rank, Result: &result})
}
