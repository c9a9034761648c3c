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
	"clsh/runner/password"
	"clsh/runner/remote"
)

// Config is one run. Command and Sink must be set, and what conn.Options asks for.
type Config struct {
	conn.Options
	Command string

	Fanout    int
	KeepGoing bool // a host that is lost does not stop the others; a Rollout's budget implies it
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
	// Rollout has the groups of the run, and when it stops early. nil: one group, to its end.
	Rollout *Rollout

	// HandOver, not nil, lets others run the hosts. Run calls it once, before the first host.
	HandOver func(Handover) (*Deputies, error)
	// Next, not nil, hands out the hosts, of which Hosts then has none: it waits for one, or returns
	// false if there will be no more. Hosts that it hands out after drain is closed are not started.
	Next func(drain <-chan struct{}) (Granted, bool)

	Sink event.Sink
	// Judge, not nil, may change a host's result before it is counted: what a host sent may be of
	// no use. Calls are concurrent.
	Judge func(rank int, result *event.Result)
	// Tick asks for an event of kind Tick so often; 0: none.
	Tick time.Duration
}

// A Runner runs one Config once.
type Runner struct {
	cfg       Config
	start     remote.Start // of what a host is asked to run
	dialer    *conn.Dialer
	admission *admission.Controller
	stages    // drain: start nothing further; stop: stop the command everywhere; kill: kill every ssh

	deputies *Deputies // nil: this Runner runs the hosts itself
	batches  *batches
	granted  granted
	one      func(rank int, slot *admission.Slot) event.Result // host; tests script it

	sinkMu  sync.Mutex // held over every call of the sink
	sinkErr error
	tally   event.Tally

	sessions sync.Map // of chan struct{}: those that StopHost may stop, by rank; closed by it

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
	cfg.KeepGoing = cfg.KeepGoing || cfg.Rollout != nil && cfg.Rollout.MaxFail != event.NoLimit
	d := conn.NewDialer(cfg.Options)
	r := &Runner{
		cfg: cfg, dialer: d, admission: admission.New(cfg.SpawnRate), start: cfg.start(d.Nonce()),
		batches: newBatches(cfg.Rollout, len(cfg.Hosts)), stages: newStages(context.Background()),
	}
	r.one, r.granted = r.host, granted{list: cfg.Hosts}
	for _, gate := range []*password.Gate{cfg.BecomePassword, cfg.LoginPassword} {
		if gate != nil {
			gate.OnOver(r.drain)
		}
	}
	return r, nil
}

// start returns how a host is asked to run the command.
func (c *Config) start(nonce string) remote.Start {
	if c.Raw {
		return remote.Start{Line: c.Command}
	}
	a := remote.Agent{
		Nonce: nonce, NoLogin: c.NoLogin, Stage: c.Stage, Input: remote.Null, Grace: c.KillAfter, Paced: c.Via != nil, Become: c.Become,
	}
	switch {
	case c.TTY:
		a.Input = remote.TTY
	case c.Input != nil || c.Feed != nil && c.Stage == remote.NoStage:
		a.Input = remote.Data
	}
	return a.Start()
}

// Run runs the command on every host and returns when every child has been
// reaped and every event has been passed on; it does not close the sink. The
// error is the run's own, or the sink's; a host's failure is in the summary.
func (r *Runner) Run() (*event.Summary, error) {
	began := time.Now()
	defer r.kill()
	sessions := r.cfg.Fanout
	if r.cfg.Next == nil {
		sessions = min(sessions, len(r.cfg.Hosts))
	}
	if err := r.dialer.Open(sessions); err != nil {
		return nil, err
	}
	if err := r.handOver(); err != nil {
		return nil, errors.Join(err, r.dialer.Close())
	}
	done := make(chan struct{})
	var beside sync.WaitGroup
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
	places := make(chan struct{}, r.cfg.Fanout)
	between := Interval{Drain: r.drainc, Kill: r.killc, Dir: r.dialer.Dir(), Emit: r.emit}
	r.batches.run(func(first, n int) { r.dispatch(first, n, places) }, between, r.drain)
	r.deputies.close()
	close(done)
	beside.Wait()
	err := r.dialer.Close()
	r.mu.Lock()
	interrupt := r.interrupt
	r.mu.Unlock()
	return r.tally.Summary(r.granted.count(), time.Since(began), interrupt, r.batches.stopped(r.tally.Count(event.NotStarted))), errors.Join(r.sinkErr, err)
}

// dispatch runs n hosts from rank first on, or those that are handed out one by one, in their
// order, each in its own goroutine, and returns when all have ended. One waits for a place in the
// fan-out, and until it may be started: a host that does not run yet takes no memory.
func (r *Runner) dispatch(first, n int, places chan struct{}) {
	if r.deputies != nil {
		r.deputies.dispatch(first, n, places, r.mayStart, r.connecting, r.end)
		return
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for rank := first; rank < first+n || r.cfg.Next != nil; rank++ {
		places <- struct{}{}
		if r.cfg.Next != nil && !r.takeNext() {
			return
		}
		slot := r.acquire(0)
		wg.Go(func() {
			if slot != nil { // else it is not started
				r.connecting(rank)
			}
			r.end(rank, r.one(rank, slot))
			<-places
		})
	}
}

// takeNext takes a host that is handed out, and reports whether there was one.
func (r *Runner) takeNext() bool {
	host, more := r.cfg.Next(r.drainc)
	if more {
		r.dialer.SetHosts(r.granted.add(host))
	}
	return more
}

// handOver makes deputies of the Config run the hosts, if it has some.
func (r *Runner) handOver() (err error) {
	if r.cfg.HandOver != nil {
		r.deputies, err = r.cfg.HandOver(Handover{Emit: r.emit, Drain: r.drainc, Stop: r.stopc, Kill: r.killc, Signal: r.stopSignal})
	}
	return err
}

// mayStart reports whether a host may start now.
func (r *Runner) mayStart() bool {
	select {
	case <-r.drainc:
		return false
	default:
		return r.batches.mayStart()
	}
}

func (r *Runner) connecting(rank int) { r.emit(event.Event{Kind: event.Connecting, Host: rank}) }

// acquire returns a slot for attempt number attempt of a host, or nil where it is not to start.
func (r *Runner) acquire(attempt int) *admission.Slot {
	slot := r.admission.Acquire(attempt, r.drainc)
	if slot != nil && !r.batches.mayStart() {
		slot.Done(admission.Failed)
		return nil
	}
	return slot
}

// fail counts a failure of a host, which may be known before its session is over. One too many
// lets nothing further start.
func (r *Runner) fail(rank int) {
	if r.batches.fail(rank) {
		r.drain()
	}
}

// end takes the end of a host.
func (r *Runner) end(rank int, result event.Result) {
	if r.cfg.Judge != nil {
		r.cfg.Judge(rank, &result)
	}
	// Before the event: its sink may be slow.
	if r.batches.ended(rank, &result) {
		r.drain()
	}
	if result.IsLost() && !r.cfg.KeepGoing {
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

// stoppable returns a channel that StopHost closes, for a session that it must be able to stop;
// forget is to be called at its end.
func (r *Runner) stoppable(rank int) (stop <-chan struct{}, forget func()) {
	if r.cfg.Judge == nil {
		return nil, func() {}
	}
	c := make(chan struct{})
	r.sessions.Store(rank, c)
	return c, func() { r.sessions.Delete(rank) }
}

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
