package shells

import (
	"sync"
	"time"

	"clsh/runner/admission"
	"clsh/runner/conn"
	"clsh/runner/event"
)

// Options are those of all shells. Sink must be set, and what conn.Options asks for; TTY, Raw
// and Input have no effect.
type Options struct {
	conn.Options

	Fanout    int           // how many hosts connect at a time
	Retry     int           // how often a host that refused the login is tried again
	RetryFor  time.Duration // the attempts of a host and the pauses between them; 0: no limit
	SpawnRate int           // how many ssh are started a second at most; 0: no limit
	// ReadyTimeout is from the start of ssh until the shell takes commands, KillAfter from
	// TERM to KILL. 0: no limit.
	ReadyTimeout, KillAfter time.Duration

	// Sink gets what comes while no command runs: output of background jobs, and notes.
	Sink event.Sink
}

// common is what the shells of a Set share.
type common struct {
	options   Options
	dialer    *conn.Dialer
	admission *admission.Controller
	connects  chan struct{} // has an element for each host that connects
	killc     chan struct{} // closed by Set.Kill
	sinkMu    sync.Mutex    // held over every call of a sink
}

// Beside calls f while no sink is called, for callers that write to the same terminal.
func (c *common) Beside(f func()) {
	c.sinkMu.Lock()
	defer c.sinkMu.Unlock()
	f()
}

// closed reports whether c is closed.
func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
