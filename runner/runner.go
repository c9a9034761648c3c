package runner

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/admission"
	"clsh/runner/event"
	"clsh/runner/remote"
)

// Config is one run. Hosts, Command, SSH, Sink and TempDir must be set.
type Config struct {
	Hosts   hosts.List
	Command string
	SSH     remote.SSH
	Wishes  remote.Wishes

	Raw     bool // no agent: `ssh HOST COMMAND`
	NoLogin bool // the command's shell is no login shell
	// TTY gives the command a terminal, of the size Rows × Cols.
	TTY        bool
	Rows, Cols uint16
	// Input goes to every host's command; nil: its standard input is empty.
	Input *Input

	Fanout    int
	KeepGoing bool // a host that is lost does not stop the others
	Retry     int  // how often a host that refused the login is tried again
	// RetryFor bounds the time that a host's attempts and the pauses between
	// them may take; 0: no limit.
	RetryFor time.Duration
	// SpawnRate is how many ssh are started a second at most; 0: no limit.
	SpawnRate int
	// ReadyTimeout is from the start of ssh until the agent has answered, and
	// from there until the login shell has begun the command,
	// Timeout how long the command may run, KillAfter from TERM to KILL.
	// 0: no limit.
	ReadyTimeout, Timeout, KillAfter time.Duration
	// LostAfterStart, not 0, declares a host lost if its command has not ended
	// that long after the start of ssh, as the Python clsh does. An ssh that ends
	// before that is never lost: the result is Refused and has its Words.
	LostAfterStart time.Duration

	// KeepsKey reports whether ssh keeps a new key of the host; nil: it does.
	KeepsKey func(hosts.Host) bool

	// Persist keeps connections so long after the run, by sockets in SocketDir,
	// a private directory of at most MaxSocketDir bytes; 0: none is kept.
	Persist   time.Duration
	SocketDir string
	// Passengers lets a session on such a connection do without an ssh. Settings
	// are then the SessionKeywords of the whole ssh configuration.
	Passengers bool
	Settings   []hosts.SSHSetting

	// Busy, not nil, is called once, when there is more to do than what one
	// processor does as well. Processors is how many there are,
	// where this process does not use them all; 0: it does.
	Busy       func()
	Processors int

	Sink event.Sink
	// Notes asks for events of kind Note, Tick for one of kind Tick so
	// often; 0: none. Without Notes, the only Note is about a kept connection that does
	// not answer, and with Quiet there is none.
	Notes, Quiet bool
	Tick         time.Duration
	// Environ is ssh's environment.
	Environ []string
	// TempDir is where a private directory is made for the run.
	TempDir string
}

// descriptors is how many a session takes: three pipes and two process handles.
const descriptors = 5

// MinFiles is how many open files a run needs beside its sessions.
const MinFiles = 64

// MaxFanout returns how many sessions the limit of open files allows
// (getrlimit(2), RLIMIT_NOFILE; Go has raised the soft one already); 0 where there is
// no run with so few.
func MaxFanout() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1 << 10
	}
	if limit.Cur < MinFiles {
		return 0
	}
	return max(1, (int(min(limit.Cur, 1<<20))-MinFiles)/descriptors)
}

type urgency uint8

const (
	carryOn  urgency = iota
	draining         // start nothing further
	stopping         // stop the command everywhere
	killing          // kill every ssh
)

// A Runner runs one Config once.
type Runner struct {
	cfg   Config
	agent string // what ssh is asked to run
	*ground

	sinkMu  sync.Mutex // held over every call of the sink
	sinkErr error
	tally   event.Tally

	mu        sync.Mutex
	urgency   urgency
	interrupt syscall.Signal
	drainc    chan struct{} // closed at draining and above
	stopc     chan struct{} // closed at stopping and above
	killc     chan struct{} // closed at killing
}

// New returns a Runner for cfg.
func New(cfg Config) (*Runner, error) {
	if cfg.Fanout < 1 {
		return nil, fmt.Errorf("a fan-out of %d: at least one host must run at a time", cfg.Fanout)
	}
	if !cfg.Raw && len(cfg.Command) > remote.MaxCommand {
		return nil, fmt.Errorf("a command of %d bytes: more than %d cannot be passed to a shell; put it into a script and use: clsh --stdin … sh < SCRIPT", len(cfg.Command), remote.MaxCommand)
	}
	g, err := newGround(&cfg)
	if err != nil {
		return nil, err
	}
	return &Runner{
		cfg: cfg, ground: g, agent: cfg.agent(g.nonce),
		drainc: make(chan struct{}), stopc: make(chan struct{}), killc: make(chan struct{}),
	}, nil
}

// agent returns the text that ssh is asked to run.
func (c *Config) agent(nonce string) string {
	if c.Raw {
		return c.Command
	}
	a := remote.Agent{Nonce: nonce, NoLogin: c.NoLogin, Input: remote.Null, Grace: c.KillAfter}
	switch {
	case c.TTY:
		a.Input = remote.TTY
	case c.Input != nil:
		a.Input = remote.Data
	}
	return a.Command()
}

// Run runs the command on every host and returns when every child has been
// reaped and every event has been passed on; it does not close the sink. The
// error is the run's own, or the sink's; a host's failure is in the summary.
func (r *Runner) Run() (*event.Summary, error) {
	began := time.Now()
	if err := r.open(min(r.cfg.Fanout, len(r.cfg.Hosts))); err != nil {
		return nil, err
	}
	done := make(chan struct{})
	var beside sync.WaitGroup
	beside.Go(func() { r.stalls.Run(done) })
	beside.Go(func() { r.admission.Watch(done) })
	if r.cfg.Tick > 0 {
		beside.Go(func() { r.tick(done) })
	}
	if r.cfg.Input != nil {
		beside.Go(func() {
			if !r.cfg.Input.fill(done) {
				r.Stop() // no command may take a part for the whole
			}
		})
	}
	r.dispatch()
	close(done)
	beside.Wait()
	err := r.close()
	r.mu.Lock()
	interrupt := r.interrupt
	r.mu.Unlock()
	return r.tally.Summary(len(r.cfg.Hosts), time.Since(began), interrupt), errors.Join(r.sinkErr, err)
}

// dispatch runs the hosts in their order, each in a goroutine of its own, and
// returns when all have ended. One waits for a place in the fan-out, and until
// it may be started: what does not run yet shall take no memory.
func (r *Runner) dispatch() {
	places := make(chan struct{}, r.cfg.Fanout)
	var wg sync.WaitGroup
	for rank := range r.cfg.Hosts {
		places <- struct{}{}
		slot := r.admission.Acquire(0, r.drainc)
		wg.Go(func() {
			r.work(rank, slot)
			<-places
		})
	}
	wg.Wait()
}

// work takes one host to its end. Without a slot it is not started.
func (r *Runner) work(rank int, slot *admission.Slot) {
	result := r.host(rank, slot)
	if result.IsLost() && !r.cfg.KeepGoing {
		// Before the event: its sink may be slow.
		r.raise(stopping, 0)
	}
	r.emit(event.Event{Kind: event.Ended, Host: rank, Result: &result})
}

// Signal tells the run of a signal to the tool: SIGTERM, SIGINT, SIGQUIT or
// SIGHUP (manual, "signal to clsh"). It may be called at any time.
func (r *Runner) Signal(sig syscall.Signal) {
	want := stopping
	if sig == syscall.SIGTERM {
		want = draining
	}
	r.raise(want, sig)
}

// Stop stops the command everywhere, as SIGINT does, without being a signal.
func (r *Runner) Stop() { r.raise(stopping, 0) }

// stopSignal returns what a command that is stopped gets first: the signal that
// came to the tool, or SIGTERM.
func (r *Runner) stopSignal() syscall.Signal {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.interrupt == 0 {
		return syscall.SIGTERM
	}
	return r.interrupt
}

// Show asks the sinks for the states.
func (r *Runner) Show() { r.emit(event.Event{Kind: event.Show}) }

// raise makes it at least as urgent as want. A second signal kills.
func (r *Runner) raise(want urgency, sig syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if sig != 0 {
		if r.interrupt != 0 {
			want = killing
		}
		r.interrupt = sig
	}
	for r.urgency < want {
		r.urgency++
		close([]chan struct{}{r.drainc, r.stopc, r.killc}[r.urgency-1])
	}
}

// emit passes an event on. An error of the sink stops the run.
func (r *Runner) emit(e event.Event) {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	r.sinkMu.Lock()
	defer r.sinkMu.Unlock()
	if e.Kind == event.Ended {
		r.tally.Add(e.Result)
	}
	if err := r.cfg.Sink.Event(e); err != nil && r.sinkErr == nil {
		r.sinkErr = err
		r.raise(stopping, 0)
	}
}

func (r *Runner) tick(done <-chan struct{}) {
	t := time.NewTicker(r.cfg.Tick)
	defer t.Stop()
	for {
		select {
		case now := <-t.C:
			r.emit(event.Event{Kind: event.Tick, Time: now})
		case <-done:
			return
		}
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
