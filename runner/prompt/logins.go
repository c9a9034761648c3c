package prompt

import (
	"slices"
	"sync"
	"syscall"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/event"
	"clsh/runner/shells"
)

// sessions runs commands on the hosts of a session: *shells.Set keeps a shell on each host,
// *logins logs in for each command.
type sessions interface {
	Run(t shells.Task) (*event.Summary, []shells.Reopened, error)
	State(rank int) shells.State
	Add(list hosts.List)
	Reconnect(rank int)
	Leave(rank int)
	Beside(f func())
	Kill()
	Close() error
}

func openSessions(cfg Config) (sessions, error) {
	if cfg.Login != nil {
		l := &logins{cfg: *cfg.Login, left: make([]bool, len(cfg.Login.Hosts))}
		l.beside = l.Beside
		return l, nil
	}
	set, err := shells.Open(cfg.Shells)
	if err != nil {
		return nil, err // not a nil *Set
	}
	return set, nil
}

// logins runs each command as batch mode does: nothing persists between two commands.
type logins struct {
	cfg    runner.Config
	beside func(f func()) // calls f while no sink is called
	// copies is what a run brings to the hosts or from them; nil: nothing.
	copies *transfer

	sinkMu sync.Mutex // held over every call of a sink

	mu      sync.Mutex
	left    []bool         // by rank
	running *runner.Runner // or nil
}

// Run runs t in a new login on each host. It reports no reopened shells.
func (l *logins) Run(t shells.Task) (*event.Summary, []shells.Reopened, error) {
	cfg := l.config(t)
	if l.copies != nil {
		l.copies.into(&cfg, t.Ranks)
	}
	r, err := runner.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	if l.copies != nil && l.copies.begin != nil {
		l.copies.begin(func(rank int) { r.StopHost(slices.Index(t.Ranks, rank)) })
	}
	l.setRunning(r)
	defer l.setRunning(nil)
	over := make(chan struct{})
	var stopping sync.WaitGroup
	stopping.Go(func() {
		for stop, drain := t.Stop, t.Drain; ; {
			select {
			case <-stop:
				stop = nil
				r.Stop()
			case <-drain:
				drain = nil
				r.Signal(syscall.SIGTERM)
			case <-over:
				return
			}
		}
	})
	sum, err := r.Run()
	close(over)
	stopping.Wait()
	return sum, nil, err
}

// config returns t as a run.
func (l *logins) config(t shells.Task) runner.Config {
	l.mu.Lock()
	defer l.mu.Unlock()
	cfg := l.cfg
	cfg.Hosts = make(hosts.List, len(t.Ranks))
	for i, rank := range t.Ranks {
		cfg.Hosts[i] = l.cfg.Hosts[rank]
	}
	cfg.Command, cfg.Timeout, cfg.KeepGoing, cfg.Tick = t.Command, t.Timeout, t.KeepGoing, 0
	cfg.Fanout = max(t.Fanout, 1)
	cfg.Sink = &loginSink{beside: l.beside, next: t.Sink, ranks: t.Ranks}
	return cfg
}

func (l *logins) setRunning(r *runner.Runner) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = r
}

// State returns the state of a host. It is never Lost: the next line logs in again.
func (l *logins) State(rank int) shells.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.left[rank]:
		return shells.Left
	case l.running != nil:
		return shells.Running
	}
	return shells.Ready
}

// Add adds hosts; their ranks follow those of the others.
func (l *logins) Add(list hosts.List) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cfg.Hosts = append(slices.Clip(l.cfg.Hosts), list...)
	l.left = append(l.left, make([]bool, len(list))...)
}

// Reconnect takes back a host that was left.
func (l *logins) Reconnect(rank int) { l.setLeft(rank, false) }

// Leave leaves a host.
func (l *logins) Leave(rank int) { l.setLeft(rank, true) }

func (l *logins) setLeft(rank int, left bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left[rank] = left
}

// Beside calls f while no sink is called.
func (l *logins) Beside(f func()) {
	l.sinkMu.Lock()
	defer l.sinkMu.Unlock()
	f()
}

// Kill kills every ssh at once, as a second signal does.
func (l *logins) Kill() {
	l.mu.Lock()
	r := l.running
	l.mu.Unlock()
	if r != nil {
		r.Signal(syscall.SIGINT)
		r.Signal(syscall.SIGINT)
	}
}

// Close does nothing: Run leaves nothing behind.
func (l *logins) Close() error { return nil }

// A loginSink replaces the ranks of a run's hosts by those in the session.
type loginSink struct {
	beside func(f func())
	next   event.Sink
	ranks  []int
}

// Event passes e on.
func (s *loginSink) Event(e event.Event) (err error) {
	e.Host = s.ranks[e.Host]
	s.beside(func() { err = s.next.Event(e) })
	return err
}

// Close does nothing: the sink is the caller's of Run.
func (s *loginSink) Close(*event.Summary) error { return nil }
