package sink

import (
	"clsh/runner/event"
	"clsh/runner/spool"
)

// pythonOutput passes on of each host what the Python clsh shows of it, when the host has ended:
//
//   - standard output where there is any, else standard error. What ssh printed is standard
//     error, for the Python clsh gets both from one pipe;
//   - nothing of a host that was lost or stopped: the Python clsh reads a host's output whole;
//   - nothing behind a lost host, for that ends the Python clsh.
//
// It expects the hosts one after the other (ordered).
type pythonOutput struct {
	next event.Sink
	pool *spool.Pool
	text [][3]*spool.Spool // what is kept of each host, by rank and event.Stream
	// keepGoing passes on the hosts behind a lost one.
	keepGoing bool
	// silent passes on the end of a host without output.
	silent bool
	over   bool // a lost host has ended the output
}

// Event keeps output until the end of its host.
func (p *pythonOutput) Event(e event.Event) error {
	switch {
	case e.Kind == event.Output && p.over:
		return nil
	case e.Kind == event.Output:
		return p.pool.AppendTo(&p.text[e.Host][e.Stream], e.Data)
	case e.Kind == event.Ended:
		return p.ended(e)
	}
	return p.next.Event(e)
}

func (p *pythonOutput) ended(e event.Event) error {
	defer p.drop(e.Host)
	switch {
	case p.over:
		return nil
	case e.Result.IsLost():
		p.over = !p.keepGoing
	case ran(e.Result), e.Result.Refused:
		shown, err := p.output(e)
		if err != nil || !shown && !p.silent {
			return err
		}
	}
	return p.next.Event(e)
}

// output passes on the output of the host that has ended with e, and reports whether there is any.
func (p *pythonOutput) output(e event.Event) (shown bool, err error) {
	stream := event.Stdout
	if p.text[e.Host][stream] == nil {
		stream = event.Stderr
		if err := p.keepWords(e); err != nil {
			return false, err
		}
	}
	text := p.text[e.Host][stream]
	if text == nil {
		return false, nil
	}
	return true, text.Each(func(data []byte) error {
		return p.next.Event(event.Event{Kind: event.Output, Host: e.Host, Time: e.Time, Stream: stream, Data: data})
	})
}

// keepWords adds the words of ssh to the standard error of a host that refused. Where ssh said
// nothing, the reason stands for them.
func (p *pythonOutput) keepWords(e event.Event) error {
	words := e.Result.Words
	if words == "" && p.text[e.Host][event.Stderr] == nil {
		words = e.Result.Reason
	}
	if !e.Result.Refused || words == "" {
		return nil
	}
	return p.pool.AppendTo(&p.text[e.Host][event.Stderr], []byte(words+"\n"))
}

// drop gives back what is kept of a host.
func (p *pythonOutput) drop(host int) {
	for _, text := range p.text[host] {
		if text != nil {
			text.Reset()
		}
	}
	p.text[host] = [3]*spool.Spool{}
}

// Close closes the sink behind.
func (p *pythonOutput) Close(sum *event.Summary) error { return p.next.Close(sum) }
