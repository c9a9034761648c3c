package shells

import (
	"sync"
	"time"

	"clsh/runner/event"
	"clsh/runner/remote"
)

// Run runs t, on hosts that still connect as soon as they have, and returns when all have
// ended: the summary, and the shells that were reopened since the last command. The error is
// the sink's.
func (s *Set) Run(t Task) (*event.Summary, []Reopened, error) {
	began := time.Now()
	r := &run{Task: t, stopc: make(chan struct{})}
	over := make(chan struct{})
	var stopping, wg sync.WaitGroup
	stopping.Go(func() {
		select {
		case <-t.Stop:
			r.stop()
		case <-over:
		}
	})
	running := make(chan struct{}, max(t.Fanout, 1))
	request := remote.ShellRun(t.Command)
	for _, rank := range t.Ranks {
		running <- struct{}{}
		wg.Go(func() {
			s.runOn(rank, r, request)
			<-running
		})
	}
	wg.Wait()
	close(over)
	stopping.Wait()
	return r.tally.Summary(len(t.Ranks), time.Since(began), 0, event.Stop{}), r.reopened, r.err
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
	sh.report(r, event.Result{Outcome: event.NotStarted})
}
