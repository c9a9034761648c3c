package relay

import (
	"sync"
	"time"

	"clsh/runner"
	"clsh/runner/admission"
	"clsh/runner/conn"
	"clsh/runner/event"
)

// A Fleet is the root's end: the relays of a run, and how they are reached.
type Fleet struct {
	// Options say how the relays are reached, which are their Hosts.
	Options conn.Options
	Names   []string // of the run's hosts, by rank
	Job     Job
	// Retry, RetryFor and ReadyTimeout hold for the relays as they do for hosts (runner.Config).
	Retry                  int
	RetryFor, ReadyTimeout time.Duration
	// LostAfter is how long a relay may be silent; 0: for ever.
	LostAfter time.Duration
	Quiet     bool // a relay that is lost is not reported
}

// Most returns how many hosts a relay has at a time that runs fanout of them: a quarter more wait
// there, so that it never waits for the root. Where ahead is false, none does.
func Most(fanout int, ahead bool) int {
	if ahead {
		fanout += fanout / 4
	}
	return min(fanout, maxMost)
}

// Patience returns for how long a relay may hear nothing of the root, whose relays may be silent for
// lostAfter: so long that a root that was stopped for a moment (^Z) finds its commands running.
func Patience(lostAfter time.Duration) time.Duration {
	if lostAfter == 0 {
		return 0
	}
	return max(6*lostAfter, 30*time.Second)
}

// How much output the root remembers of all relays, and of one at least, in bytes (tree).
const (
	allRoom   = 64 << 20
	leastRoom = 64 << 10
)

// Open reaches the relays, which then run the hosts (runner.Config.HandOver).
func (c *Fleet) Open(h runner.Handover) (*runner.Deputies, error) {
	dialer := conn.NewDialer(c.Options)
	relays := c.Options.Hosts
	c.Job.Protocol, c.Job.Room = protocol, max(leastRoom, allRoom/len(relays))
	if err := dialer.Open(len(relays)); err != nil {
		return nil, err
	}
	f := &fleet{
		Fleet: c, Handover: h, dialer: dialer, admission: admission.New(0),
		table: newTable(relays.Names(), c.Names, c.Job.Most), ends: map[int]func(event.Result){},
		reads: beat{every: gatherReads, saved: savedReports}, over: make(chan struct{}),
	}
	for i := range relays {
		f.links = append(f.links, &link{fleet: f, index: i})
	}
	for _, l := range f.links {
		f.wg.Go(l.run)
	}
	f.wg.Go(f.watch)
	return &runner.Deputies{Host: f.host, Close: f.close}, nil
}

// A fleet is a Fleet at work.
type fleet struct {
	*Fleet
	runner.Handover
	dialer    *conn.Dialer
	admission *admission.Controller
	links     []*link
	wg        sync.WaitGroup
	reads     beat          // of what all relays report
	over      chan struct{} // closed when all hosts have ended

	mu    sync.Mutex // held while steps are taken, so that they are in order
	table *table
	ends  map[int]func(event.Result) // by rank, of the hosts that have not ended
}

// host has the host of rank run (runner.Deputies.Host).
func (f *fleet) host(rank int, ended func(event.Result)) {
	f.mu.Lock()
	f.ends[rank] = ended
	report := f.do(f.table.add(rank))
	f.mu.Unlock()
	report()
}

// close ends the relays, which have nothing to do any more.
func (f *fleet) close() {
	close(f.over)
	f.wg.Wait()
	_ = f.dialer.Close() // what it leaves is its private directory
}

// do takes steps of the table. The caller holds mu, and calls report without it: that passes on how
// hosts ended, and the sink may be slow.
func (f *fleet) do(steps []step) (report func()) {
	var ends []func()
	for _, s := range steps {
		if s.result == nil {
			_ = f.links[s.relay].send(line{kind: grantLine, rank: s.rank, name: f.Names[s.rank]})
			continue
		}
		ended := f.ends[s.rank]
		delete(f.ends, s.rank)
		ends = append(ends, func() { ended(*s.result) })
	}
	return func() {
		for _, end := range ends {
			end()
		}
	}
}

// watch passes on that the run ends early.
func (f *fleet) watch() {
	for _, stage := range []struct {
		on <-chan struct{}
		do func() (line, []step)
	}{
		{f.Drain, func() (line, []step) { return line{kind: drainLine}, f.table.drain() }},
		{f.Stop, func() (line, []step) { return line{kind: stopLine, signal: f.Signal()}, f.table.stop() }},
		{f.Kill, func() (line, []step) { return line{kind: killLine}, nil }},
	} {
		select {
		case <-stage.on:
		case <-f.over:
			return
		}
		f.mu.Lock()
		l, steps := stage.do()
		f.wg.Go(f.do(steps)) // the next stage does not wait for the sink
		for _, link := range f.links {
			_ = link.send(l)
		}
		f.mu.Unlock()
	}
}

// answered says that a relay is there: it gets the job, and hosts.
func (f *fleet) answered(l *link) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	l.live = true
	if err := l.send(line{kind: jobLine, job: &f.Job}); err != nil {
		return err
	}
	f.wg.Go(f.do(f.table.ready(l.index))) // pings do not wait for the sink
	return nil
}

// lose takes the end of a relay, and says so unless the run is over.
func (f *fleet) lose(index int, why string, refused bool) {
	select {
	case <-f.over:
		return
	default:
	}
	f.mu.Lock()
	expected := f.table.stopping || f.table.draining && len(f.table.relays[index].granted) == 0
	f.mu.Unlock()
	if !expected && !f.Quiet {
		f.Emit(event.Event{Kind: event.Message, Data: []byte("Note: relay " + f.table.relays[index].name + " is lost: " + why + "\n")})
	}
	f.mu.Lock()
	f.links[index].live = false
	report := f.do(f.table.lose(index, why, refused))
	f.mu.Unlock()
	report()
}
