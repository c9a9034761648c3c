package shells

import (
	"slices"
	"sync"
	"time"

	"clsh/hosts"
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
	// Processors is how many there are, where this process does not use them all; 0: it does.
	Processors int
	// ReadyTimeout is from the start of ssh until the shell takes commands, KillAfter from
	// TERM to KILL. 0: no limit.
	ReadyTimeout, KillAfter time.Duration

	// Sink gets what comes while no command runs: output of background jobs, and notes.
	Sink event.Sink
}

// A Set is one shell on each host, over one connection, which runs one command after the
// other.
type Set struct {
	options   Options
	dialer    *conn.Dialer
	admission *admission.Controller
	places    chan struct{} // to connect
	wg        sync.WaitGroup
	killc     chan struct{} // closed by Kill
	kill      sync.Once
	done      chan struct{} // closed by Close

	sinkMu sync.Mutex // held over every call of a sink

	mu     sync.Mutex
	hosts  hosts.List
	shells []*shell // by rank
}

// Open begins to connect to the hosts, o.Fanout of them at a time, and returns. The caller must
// call Close.
func Open(o Options) (*Set, error) {
	o.TTY, o.Raw, o.Input = false, false, nil
	dialer, err := conn.NewDialer(o.Options)
	if err != nil {
		return nil, err
	}
	if err := dialer.Open(len(o.Hosts)); err != nil {
		return nil, err
	}
	s := &Set{
		options: o, dialer: dialer, admission: admission.New(o.SpawnRate, o.Processors),
		places: make(chan struct{}, o.Fanout), killc: make(chan struct{}), done: make(chan struct{}),
	}
	s.wg.Go(func() { s.admission.Watch(s.done) })
	s.Add(o.Hosts)
	return s, nil
}

// Add connects to more hosts; their ranks follow those of the others.
func (s *Set) Add(list hosts.List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts = append(slices.Clip(s.hosts), list...)
	s.dialer.SetHosts(s.hosts)
	for range list {
		s.connect(len(s.shells))
	}
}

// connect begins a session for rank. The caller holds mu.
func (s *Set) connect(rank int) {
	sh := newShell(s, rank, s.hosts[rank], len(s.hosts))
	if rank == len(s.shells) {
		s.shells = append(s.shells, sh)
	} else {
		s.shells[rank] = sh
	}
	s.wg.Go(sh.serve)
}

// Reconnect leaves the shell of rank and begins another.
func (s *Set) Reconnect(rank int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shells[rank].leave()
	s.connect(rank)
}

// Leave ends the shell of rank.
func (s *Set) Leave(rank int) { s.at(rank).leave() }

func (s *Set) at(rank int) *shell {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shells[rank]
}

// State is the state of a shell.
type State int32

// The states of a shell.
const (
	Connecting State = iota
	Ready
	Running
	Lost // or never reached
	Left
)

// String names the state as :hosts shows it.
func (s State) String() string {
	return [...]string{"connecting", "ready", "running", "lost", "left"}[s]
}

// State returns the state of the shell of rank.
func (s *Set) State(rank int) State {
	sh := s.at(rank)
	if closed(sh.leavec) {
		return Left
	}
	return State(sh.state.Load())
}

// Kill ends every ssh at once.
func (s *Set) Kill() { s.kill.Do(func() { close(s.killc) }) }

// Close ends every shell and waits for their end. A command that runs must have been stopped
// before; what is in the background on the hosts stays there.
func (s *Set) Close() error {
	s.mu.Lock()
	all := slices.Clone(s.shells)
	s.mu.Unlock()
	for _, sh := range all {
		sh.leave()
	}
	close(s.done)
	s.wg.Wait()
	return s.dialer.Close()
}

// Beside calls f while no sink is called: for those who write to the same terminal.
func (s *Set) Beside(f func()) {
	s.sinkMu.Lock()
	defer s.sinkMu.Unlock()
	f()
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
