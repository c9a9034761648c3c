package runner

import (
	"sync"
	"syscall"

	"clsh/runner/event"
)

// A Handover is what those get who run the hosts in place of a Runner's own sessions: relays. The
// Runner goes on to order, count, stop and show.
type Handover struct {
	// Emit passes Started and Output on, in their order for each host. Connecting and Ended are the
	// Runner's.
	Emit func(event.Event)
	// Drain is closed when nothing further is to start, Stop when the command is to be stopped
	// everywhere, with Signal first, and Kill when everything is to end at once.
	Drain, Stop, Kill <-chan struct{}
	Signal            func() syscall.Signal
}

// Deputies run the hosts.
type Deputies struct {
	// Host has the host of a rank run, and returns at once. It is called once for each. ended is
	// called with how the host ended, once; it passes that on to the sink, which may be slow.
	Host func(rank int, ended func(event.Result))
	// Close is called when all hosts have ended.
	Close func()
}

// close calls Close; nil Deputies have nothing to close.
func (d *Deputies) close() {
	if d != nil {
		d.Close()
	}
}

// dispatch has n hosts run and returns when all have ended. There may be hundreds of thousands, so that
// none has a goroutine. mayStart reports whether a host may start now, began takes its begin, and end
// its end.
func (d *Deputies) dispatch(first, n int, places chan struct{}, mayStart func() bool, began func(rank int), end func(rank int, result event.Result)) {
	var open sync.WaitGroup
	for rank := first; rank < first+n; rank++ {
		places <- struct{}{}
		open.Add(1)
		ended := func(result event.Result) {
			end(rank, result)
			<-places
			open.Done()
		}
		if !mayStart() {
			ended(event.Result{Outcome: event.NotStarted})
			continue
		}
		began(rank)
		d.Host(rank, ended)
	}
	open.Wait()
}
