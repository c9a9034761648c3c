package copying

import (
	"bytes"
	"sync"

	"clsh/runner/conn"
	"clsh/runner/event"
)

// A Copy is a run that copies a Plan to hosts: it feeds them, and listens to what they answer.
type Copy struct {
	// Dirs has by rank where relative paths begin; empty: in the home directory of the login.
	Dirs []string

	plan  *Plan
	meter *Meter
	then  *conn.Input
	next  event.Sink

	mu    sync.Mutex
	hosts []*dialogue // by rank
}

// NewCopy returns a Copy of plan to so many hosts, which meter counts. then, if not nil, follows as the input of
// the command. It is the run's sink, and passes to next what is not about the copy.
func NewCopy(plan *Plan, meter *Meter, hosts int, then *conn.Input, next event.Sink) *Copy {
	return &Copy{Dirs: make([]string, hosts), plan: plan, meter: meter, then: then, next: next, hosts: make([]*dialogue, hosts)}
}

// Feed begins the dialogue with a host, for conn.Options.
func (c *Copy) Feed(rank int) *conn.Feed {
	d := c.plan.open(c.meter.to(rank), c.Dirs[rank])
	d.feed.Then = c.then
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts[rank] = d
	return d.feed
}

func (c *Copy) host(rank int) *dialogue {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hosts[rank]
}

// Event takes what hosts say about the copy out of their output.
func (c *Copy) Event(e event.Event) error {
	if d := c.host(e.Host); e.Kind == event.Output && e.Stream == event.Stdout && d != nil && d.result == "" {
		if e.Data = d.listen(e.Data); len(e.Data) == 0 {
			return nil
		}
	}
	return c.next.Event(e)
}

// listen takes the lines about the copy out of data, and returns the rest. A line of copy.sh is
// short, so it is never in two events.
func (d *dialogue) listen(data []byte) (rest []byte) {
	for len(data) > 0 && d.result == "" {
		line, after, _ := bytes.Cut(data, []byte("\n"))
		text, marked := bytes.CutPrefix(line, []byte(answerMark))
		if !marked || !d.hear(string(text)) {
			rest = append(rest, data[:len(data)-len(after)]...)
		}
		data = after
	}
	return append(rest, data...)
}

// Judge adds to a host's result what became of the copy, for runner.Config. One that ended without a
// word about it has failed.
func (c *Copy) Judge(rank int, result *event.Result) {
	d := c.host(rank)
	switch {
	case d != nil && d.result != "":
		result.Copied, result.Digest = d.result, c.plan.Digest
	case result.Outcome == event.NotStarted || result.Outcome == event.Unreachable:
	default:
		result.Copied = event.CopyFailed
		if result.Outcome == event.Exited && result.Code == 0 {
			result.Code = 1
		}
	}
}

// Close closes the sink behind it.
func (c *Copy) Close(s *event.Summary) error { return c.next.Close(s) }
