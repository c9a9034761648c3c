package relay

import (
	"sync"

	"clsh/runner"
	"clsh/runner/event"
	"clsh/runner/record"
)

// A part is the relay's part of a run: its hosts as they come, and the sink of what they do.
type part struct {
	box    *outbox
	out    *record.Stream // to box
	output *reporter
	count  int
	grants chan runner.Granted // has room for all that may be open

	mu     sync.Mutex
	share  *share
	ranks  []int // of the whole run, by that of the relay's own
	closed bool  // no more grants are taken
}

func newPart(job *Job, box *outbox) *part {
	out := record.NewStream(job.Count, box)
	return &part{box: box, out: out, output: newReporter(job.Room, out), count: job.Count, grants: make(chan runner.Granted, job.Most), share: newShare(job)}
}

// grant takes a host. One that comes when the relay ends is not taken: the root learns from the
// relay's end that it was not run to its end here.
func (p *part) grant(rank int, name string) error {
	h, err := host(name)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	if err := p.share.grant(rank); err != nil {
		return err
	}
	p.out.Name(rank, name)
	p.grants <- runner.Granted{Host: h, Rank: rank, Count: p.count}
	return nil
}

// closeGrants says that there will be no more.
func (p *part) closeGrants() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		close(p.grants)
	}
}

// next hands a host out (runner.Config.Next). Where half of those that wait ahead (Most) are gone, or
// all, the root learns at once which have ended.
func (p *part) next(<-chan struct{}) (runner.Granted, bool) {
	switch len(p.grants) {
	case 0, cap(p.grants) / 10:
		p.box.hurry()
	}
	g, more := <-p.grants
	if more {
		p.mu.Lock()
		p.ranks = append(p.ranks, g.Rank)
		p.mu.Unlock()
	}
	return g, more
}

// Event writes what happens on a host, by its rank in the whole run.
func (p *part) Event(e event.Event) error {
	if e.Kind == event.Tick || e.Kind == event.Show || e.Kind == event.Note {
		return nil
	}
	p.mu.Lock()
	e.Host = p.ranks[e.Host]
	if e.Kind == event.Ended {
		p.share.end()
	}
	p.mu.Unlock()
	switch e.Kind {
	case event.Output:
		return p.output.output(e.Host, e.Stream, e.Data)
	case event.Ended:
		p.output.end(e.Host)
	}
	return p.out.Event(e)
}

// Close is for the sinks of runs that the engine does not close.
func (p *part) Close(sum *event.Summary) error { return p.out.Close(sum) }
