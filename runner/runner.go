package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"clsh/runner/admission"
	"clsh/runner/conn"
	"clsh/runner/event"
	"clsh/runner/remote"
)

// Config is one run. Command and Sink must be set, and what conn.Options asks for.
type Config struct {
	conn.Options
	Command string

	Fanout    int
	KeepGoing bool // a host that is lost does not stop the others
	Retry     int  // how often a host that refused the login is tried again
	// RetryFor bounds the time that a host's attempts and the pauses between
	// them may take; 0: no limit.
	RetryFor time.Duration
	// SpawnRate is how many ssh are started a second at most; 0: no limit.
	SpawnRate int
	// Processors is how many there are, where this process does not use them all; 0: it
	// does.
	Processors int
	// ReadyTimeout is from the start of ssh until the agent has answered, and
	// from there until the login shell has begun the command,
	// Timeout how long the command may run, KillAfter from TERM to KILL.
	// 0: no limit.
	ReadyTimeout, Timeout, KillAfter time.Duration
	// LostAfterStart, not 0, declares a host lost if its command has not ended
	// that long after the start of ssh, as the Python clsh does. An ssh that ends
	// before that is never lost: the result is Refused and has its Words.
	LostAfterStart time.Duration

	Sink event.Sink
	// Tick asks for an event of kind Tick so often; 0: none.
	Tick time.Duration
}

// stages are the ways in which a run ends early. Each includes those before it, and its
// channel is closed then.
type stages struct {
	drain, stop, kill    context.CancelFunc
	drainc, stopc, killc <-chan struct{}
}

// newStages returns stages within ctx, whose end kills.
func newStages(ctx context.Context) stages {
	var s stages
	ctx, s.kill = context.WithCancel(ctx)
	s.killc = ctx.Done()
	ctx, s.stop = context.WithCancel(ctx)
	s.stopc = ctx.Done()
	ctx, s.drain = context.WithCancel(ctx)
	s.drainc = ctx.Done()
	return s
}

// A Runner runs one Config once.
type Runner struct {
	cfg       Config
	agent     string // what ssh is asked to run
	dialer    *conn.Dialer
	admission *admission.Controller
	stages    // drain: start nothing further; stop: stop the command everywhere; kill: kill every ssh

	sinkMu  sync.Mutex // held over every call of the sink
	sinkErr error
	tally   event.Tally

	mu        sync.Mutex
	interrupt syscall.Signal
}

// New returns a Runner for cfg.
func New(cfg Config) (*Runner, error) {
	if cfg.Fanout < 1 {
		return nil, fmt.Errorf("a fan-out of %d: at least one host must run at a time", cfg.Fanout)
	}
	if !cfg.Raw && len(cfg.Command) > remote.MaxCommand {
		return nil, fmt.Errorf("a command of %d bytes: more than %d cannot be passed to a shell; put it into a script and use: clsh --stdin … sh < SCRIPT", len(cfg.Command), remote.MaxCommand)
	}
	cfg.Words = cfg.LostAfterStart > 0
	d, err := conn.NewDialer(cfg.Options)
	if err != nil {
		return nil, err
	}
	return &Runner{
		cfg: cfg, dialer: d, admission: admission.New(cfg.SpawnRate, cfg.Processors), agent: cfg.agent(d.Nonce()),
		stages: newStages(context.Background()),
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
	defer r.kill()
	if err := r.dialer.Open(min(r.cfg.Fanout, len(r.cfg.Hosts))); err != nil {
		return nil, err
	}
	done := make(chan struct{})
	var beside sync.WaitGroup
	beside.Go(func() { r.admission.Watch(done) })
	if r.cfg.Tick > 0 {
		beside.Go(func() { r.tick(done) })
	}
	if r.cfg.Input != nil {
		beside.Go(func() {
			if !r.cfg.Input.Fill(done) {
				r.stop() // no command may take a part for the whole
			}
		})
	}
	r.dispatch()
	close(done)
	beside.Wait()
	err := r.dialer.Close()
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
	if slot != nil {
		r.emit(event.Event{Kind: event.Connecting, Host: rank})
	}
	result := r.host(rank, slot)
	if result.IsLost() && !r.cfg.KeepGoing {
		// Before the event: its sink may be slow.
		r.stop()
	}
	r.emit(event.Event{Kind: event.Ended, Host: rank, Result: &result})
}

// Signal tells the run of a signal to the tool (clsh(1), "SIGNALS"): a first SIGTERM lets
// running hosts finish, SIGINT, SIGQUIT or SIGHUP stop the command, a second signal kills. It
// may be called at any time.
func (r *Runner) Signal(sig syscall.Signal) {
	r.mu.Lock()
	first := r.interrupt == 0
	r.interrupt = sig
	r.mu.Unlock()
	switch {
	case !first:
		r.kill()
	case sig == syscall.SIGTERM:
		r.drain()
	default:
		r.stop()
	}
}

// Stop stops the command everywhere, as SIGINT does, without being a signal.
func (r *Runner) Stop() { r.stop() }

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
		r.stop()
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
