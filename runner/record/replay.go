package record

import (
	"encoding/json"
	"errors"
	"fmt"

	"clsh/runner/event"
)

// A player turns a record into events.
type player struct {
	*Record
	sink    event.Sink
	started []bool
	granted []bool // a relay may have started it
	ended   []bool
	sum     *event.Summary
	counted event.Summary // where the record has none
	// block are whole lines of one host and stream, handed on together.
	block  []byte
	host   int
	stream event.Stream
}

// Replay hands the run to s, closes s, and returns the run's summary as it
// was. Of a record that is cut off, what is there is shown, hosts without an
// end as stopped, or as not started if that is known, and the error is ErrCutOff; how the run ended is not known
// then, and the summary's code is 1.
func (rec *Record) Replay(s event.Sink) (*event.Summary, error) {
	p := &player{Record: rec, sink: s, started: make([]bool, len(rec.Names)), granted: make([]bool, len(rec.Names)), ended: make([]bool, len(rec.Names))}
	p.counted = event.Summary{Hosts: len(rec.Names), Counts: map[event.Outcome]int{}, Code: event.CodeOutput}
	err := rec.each(p.object)
	if err == nil {
		err = p.flush()
	}
	if err == nil && p.sum == nil {
		err = ErrCutOff
	}
	for host, ended := range p.ended {
		if ended || err != nil && !errors.Is(err, ErrCutOff) {
			continue
		}
		if e := p.end(host, p.missing(host)); e != nil {
			err = e
		}
	}
	if p.sum == nil {
		p.sum = &p.counted
	}
	closeErr := s.Close(p.sum)
	if err != nil {
		err = fmt.Errorf("replay: %w", err)
	}
	return p.sum, errors.Join(err, closeErr)
}

// missing is the end of a host that has none in the record.
func (p *player) missing(host int) *event.Result {
	if p.Run != nil && !p.started[host] && !p.granted[host] {
		return &event.Result{Outcome: event.NotStarted}
	}
	return &event.Result{Outcome: event.Stopped, Reason: "the record ends before this host's end"}
}

// object makes events of one object. Those of a type that is not known are
// left out.
func (p *player) object(kind string, text []byte) error {
	switch kind {
	case "line":
		l, err := parseLine(text)
		if err != nil {
			return err
		}
		return p.line(l)
	case "exit":
		o, err := parse(text, plainExit)
		if err != nil {
			return err
		}
		r, err := o.result()
		if err != nil {
			return err
		}
		if err := p.flush(); err != nil {
			return err
		}
		host := p.ranks[o.Host]
		if p.ended[host] {
			return fmt.Errorf("a second end of %s", o.Host)
		}
		return p.end(host, r)
	case "grant":
		o, err := parse(text, plainStart)
		p.granted[p.ranks[o.Host]] = true
		return err
	case "start":
		o, err := parse(text, plainStart)
		if err != nil {
			return err
		}
		host := p.ranks[o.Host]
		if p.ended[host] {
			return fmt.Errorf("a start of %s after its end", o.Host)
		}
		if err := p.flush(); err != nil {
			return err
		}
		return p.start(host)
	case "batch":
		return p.batch(text)
	case "summary":
		sum, err := parseSummary(text)
		if err != nil {
			return err
		}
		p.sum = sum
	}
	return nil
}

// batch tells that a group of a rollout has ended.
func (p *player) batch(text []byte) error {
	var o batchObject
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	b, err := o.batch(len(p.Names))
	if err != nil {
		return err
	}
	if err := p.flush(); err != nil {
		return err
	}
	return p.sink.Event(event.Event{Kind: event.BatchEnded, Batch: b})
}

// replayPiece is how much output of a host becomes one event, in bytes.
const replayPiece = 64 << 10

// line takes a line of output.
func (p *player) line(l outputLine) error {
	host := p.ranks[string(l.host)]
	if p.ended[host] {
		return fmt.Errorf("output of %s after its end", l.host)
	}
	if !l.eol || host != p.host || l.stream != p.stream || len(p.block)+len(l.data) >= replayPiece {
		if err := p.flush(); err != nil {
			return err
		}
	}
	p.host, p.stream = host, l.stream
	p.block = append(p.block, l.data...)
	if l.eol {
		p.block = append(p.block, '\n')
		return nil
	}
	return p.flush()
}

// flush hands on what has been put together, in the pieces of the engine.
func (p *player) flush() error {
	for b := p.block; len(b) > 0; {
		n := min(len(b), replayPiece)
		if err := p.start(p.host); err != nil {
			return err
		}
		e := event.Event{Kind: event.Output, Host: p.host, Stream: p.stream, Data: b[:n:n]}
		if err := p.sink.Event(e); err != nil {
			return err
		}
		b = b[n:]
	}
	p.block = p.block[:0]
	return nil
}

// start tells that a host's command has begun, once.
func (p *player) start(host int) error {
	if p.started[host] {
		return nil
	}
	p.started[host] = true
	return p.sink.Event(event.Event{Kind: event.Started, Host: host})
}

// end tells that a host has ended.
func (p *player) end(host int, r *event.Result) error {
	if r.Outcome != event.NotStarted && r.Outcome != event.Unreachable {
		if err := p.start(host); err != nil {
			return err
		}
	}
	p.ended[host] = true
	p.counted.Counts[r.Outcome]++
	if r.Outcome == event.Exited && r.Code == 0 {
		p.counted.OK++
	}
	return p.sink.Event(event.Event{Kind: event.Ended, Host: host, Result: r})
}
