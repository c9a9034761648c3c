package sink

import (
	"bytes"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// lines shows each line as soon as it is whole, under its host's label.
//
// A block of whole lines, the common case, is labelled into one buffer and
// written at once. What is not yet a whole line waits in a spool: lines of two
// hosts never mix, and one without end costs no memory.
//
// With atEnd it shows a host's whole output when it has ended, after one label: the
// original's way. A host with output on both streams has a block on each.
type lines struct {
	targets [3]*target // by event.Stream; nil: that stream is not shown here
	pool    *spool.Pool
	hosts   []lineState
	atEnd   bool
}

// lineState is what lines knows of one host.
type lineState struct {
	begun  [3]*spool.Spool // by event.Stream: the line that has not ended yet, or, with atEnd, all output
	spoken bool            // it has written something, wherever that was shown
}

// Event shows output and, at a host's end, what was left of it.
func (l *lines) Event(e event.Event) error {
	switch e.Kind {
	case event.Output:
		l.hosts[e.Host].spoken = true
		switch {
		case l.targets[e.Stream] == nil:
			return nil
		case l.atEnd:
			return l.pool.AppendTo(&l.hosts[e.Host].begun[e.Stream], e.Data)
		}
		return l.output(e)
	case event.Ended:
		return l.ended(e)
	}
	return nil
}

func (l *lines) output(e event.Event) error {
	p, data := l.targets[e.Stream], e.Data
	if s := l.hosts[e.Host].begun[e.Stream]; s != nil && s.Size() > 0 {
		n := bytes.IndexByte(data, '\n') + 1
		if n == 0 {
			return s.Append(data)
		}
		if err := s.Append(data[:n]); err != nil {
			return err
		}
		if err := p.spool(e.Host, s); err != nil {
			return err
		}
		s.Reset()
		data = data[n:]
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	if whole > 0 {
		if err := p.lines(e.Host, data[:whole]); err != nil {
			return err
		}
	}
	if whole == len(data) {
		return nil
	}
	return l.pool.AppendTo(&l.hosts[e.Host].begun[e.Stream], data[whole:])
}

// ended shows what waited for the host's end, with a newline where that is missing, and
// the label alone of a host that had nothing to say.
func (l *lines) ended(e event.Event) error {
	state := &l.hosts[e.Host]
	for stream, s := range state.begun {
		if s == nil || s.Size() == 0 {
			continue
		}
		if err := l.targets[stream].spool(e.Host, s); err != nil {
			return err
		}
		s.Reset()
	}
	*state = lineState{spoken: state.spoken}
	if out := l.targets[event.Stdout]; out != nil && !state.spoken && isSilent(e.Result) {
		return out.silent(e.Host)
	}
	return nil
}

// Close has nothing to do: every host has had its Ended.
func (l *lines) Close(*event.Summary) error { return nil }
