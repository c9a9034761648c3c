package runner

import (
	"slices"
	"sync"
	"time"

	"clsh/hosts"
	"clsh/runner/event"
	"clsh/runner/remote"
)

// Shells are sessions that are kept: one shell on each host, over one
// connection, which runs one command after the other.
//
// Each host has a supervisor, as in a run, and two readers. It connects at
// once, and takes commands when its shell is there; until then they wait.
type Shells struct {
	*ground
	cfg    Config
	places chan struct{} // to connect
	wg     sync.WaitGroup
	quitc  chan struct{} // closed by Close
	killc  chan struct{} // closed by Kill
	kill   sync.Once
	done   chan struct{} // ends what runs beside the sessions

	sinkMu sync.Mutex // held over every call of a sink

	mu   sync.Mutex
	kept []*kept // by rank
}

// OpenShells begins to connect to cfg.Hosts, cfg.Fanout of them at a time, and
// returns. Of cfg, Command, Raw, TTY, Input, Timeout, KeepGoing,
// LostAfterStart and Tick are without effect. cfg.Sink gets what comes while no
// command runs: output of background jobs, and notes. The caller must call
// Close.
func OpenShells(cfg Config) (*Shells, error) {
	cfg.TTY, cfg.Raw, cfg.Input = false, false, nil
	g, err := newGround(&cfg)
	if err != nil {
		return nil, err
	}
	if err := g.open(len(cfg.Hosts)); err != nil {
		return nil, err
	}
	s := &Shells{
		ground: g, cfg: cfg, places: make(chan struct{}, cfg.Fanout),
		quitc: make(chan struct{}), killc: make(chan struct{}), done: make(chan struct{}),
	}
	s.wg.Go(func() { s.stalls.Run(s.done) })
	s.wg.Go(func() { s.admission.Watch(s.done) })
	list := cfg.Hosts
	s.cfg.Hosts = nil
	s.Add(list)
	return s, nil
}

// Add connects to more hosts; their ranks follow those of the others.
func (s *Shells) Add(list hosts.List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.Hosts = append(slices.Clip(s.cfg.Hosts), list...)
	s.wishes.grow(s.cfg.Hosts)
	for range list {
		s.connect(len(s.kept))
	}
}

// connect begins a session for rank. The caller holds mu.
func (s *Shells) connect(rank int) {
	k := &kept{
		s: s, rank: rank, host: s.cfg.Hosts[rank], count: len(s.cfg.Hosts), sink: s.cfg.Sink, words: -1,
		tasks: make(chan *task), leavec: make(chan struct{}), notes: make(chan note, 8),
	}
	if rank == len(s.kept) {
		s.kept = append(s.kept, k)
	} else {
		s.kept[rank] = k
	}
	s.wg.Go(k.live)
}

// Reconnect leaves the session of rank and begins another.
func (s *Shells) Reconnect(rank int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[rank].leave()
	s.connect(rank)
}

// Leave ends the session of rank.
func (s *Shells) Leave(rank int) { s.at(rank).leave() }

func (s *Shells) at(rank int) *kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[rank]
}

// ShellState is where a kept session stands.
type ShellState int32

// The states of a kept session.
const (
	ShellConnecting ShellState = iota
	ShellReady
	ShellRunning
	ShellLost // or never reached
	ShellLeft
)

// String names the state as :hosts shows it.
func (s ShellState) String() string {
	return [...]string{"connecting", "ready", "running", "lost", "left"}[s]
}

// State returns where the session of rank stands.
func (s *Shells) State(rank int) ShellState {
	k := s.at(rank)
	if closed(k.leavec) {
		return ShellLeft
	}
	return ShellState(k.state.Load())
}

// Kill ends every ssh at once.
func (s *Shells) Kill() { s.kill.Do(func() { close(s.killc) }) }

// Close ends every session and waits for their end. A command that runs is to be
// stopped before; what is in the background on the hosts stays there.
func (s *Shells) Close() error {
	close(s.quitc)
	s.mu.Lock()
	all := slices.Clone(s.kept)
	s.mu.Unlock()
	for _, k := range all {
		k.leave()
	}
	close(s.done)
	s.wg.Wait()
	return s.close()
}

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

// Opened tells of a shell that has ended and was opened anew.
type Opened struct {
	Rank   int
	Status int // with which it ended
}

// Run runs t, on hosts that still connect as soon as they have, and returns when
// all have ended: the summary, and the shells that were opened anew since the
// last command. The error is the sink's.
func (s *Shells) Run(t Task) (*event.Summary, []Opened, error) {
	began := time.Now()
	run := &taskRun{Task: t, stopc: make(chan struct{})}
	over := make(chan struct{})
	var beside, wg sync.WaitGroup
	beside.Go(func() {
		select {
		case <-t.Stop:
			run.stop()
		case <-over:
		}
	})
	places := make(chan struct{}, max(t.Fanout, 1))
	request := remote.ShellRun(t.Command)
	for _, rank := range t.Ranks {
		places <- struct{}{}
		wg.Go(func() {
			s.runOn(rank, run, request)
			<-places
		})
	}
	wg.Wait()
	close(over)
	beside.Wait()
	return run.tally.Summary(len(t.Ranks), time.Since(began), 0), run.opened, run.err
}

// runOn runs the command on one host.
func (s *Shells) runOn(rank int, run *taskRun, request []byte) {
	k := s.at(rank)
	t := &task{taskRun: run, request: request, done: make(chan struct{})}
	if !closed(run.stopc) && !closed(run.Drain) {
		select {
		case k.tasks <- t:
			<-t.done
			return
		case <-run.stopc:
		case <-run.Drain:
		}
	}
	s.end(k, run, event.Result{Outcome: event.NotStarted})
}

// taskRun is a Task that runs. All but stopc is guarded by Shells.sinkMu.
type taskRun struct {
	Task
	stopc  chan struct{}
	once   sync.Once
	tally  event.Tally
	opened []Opened
	err    error
}

func (r *taskRun) stop() { r.once.Do(func() { close(r.stopc) }) }

// task is a taskRun on one host.
type task struct {
	*taskRun
	request []byte
	done    chan struct{} // closed when it has ended there
}

// end sends the end of k's part, and gives output of k back to the other sink.
func (s *Shells) end(k *kept, run *taskRun, result event.Result) {
	if result.IsLost() && !run.KeepGoing {
		run.stop()
	}
	s.sinkMu.Lock()
	defer s.sinkMu.Unlock()
	run.tally.Add(&result)
	run.opened = append(run.opened, k.opened...)
	k.opened, k.sink = nil, s.cfg.Sink
	if err := run.Sink.Event(event.Event{Kind: event.Ended, Host: k.rank, Time: time.Now(), Result: &result}); err != nil {
		run.fail(err)
	}
}

func (r *taskRun) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.stop()
}

// Beside calls f while no sink is called: for those who write to the same
// terminal.
func (s *Shells) Beside(f func()) {
	s.sinkMu.Lock()
	defer s.sinkMu.Unlock()
	f()
}
