package runner

import (
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
	// Host returns how the host of a rank ended. It is called once for each, from goroutines of
	// their own.
	Host func(rank int) event.Result
	// Close is called when all hosts have ended.
	Close func()
}

// close calls Close; nil Deputies have nothing to close.
func (d *Deputies) close() {
	if d != nil {
		d.Close()
	}
}
