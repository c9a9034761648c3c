package sink

import (
	"encoding/binary"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// ordered passes events on in the order of the hosts, not of arrival. The first host that has
// not ended passes at once; the events of the hosts after it wait until it is their turn.
type ordered struct {
	next  event.Sink
	pool  *spool.Pool
	turn  int // the rank whose events pass
	hosts []queued
}

// queued has the waiting events of one host: output as records (the stream, four bytes of
// length, the data), and the others.
type queued struct {
	output  *spool.Spool
	started *event.Event
	ended   *event.Event
}

// recordHead is the length of a record's head.
const recordHead = 5

// Event passes the event on or queues it. Events that belong to no host pass.
func (o *ordered) Event(e event.Event) error {
	switch e.Kind {
	case event.Tick, event.Show, event.Note, event.BatchStarted, event.BatchEnded, event.Waiting, event.GateOutput, event.Message:
		return o.next.Event(e)
	}
	if e.Host != o.turn {
		return o.queue(e)
	}
	if err := o.next.Event(e); err != nil {
		return err
	}
	for e.Kind == event.Ended {
		o.turn++
		if o.turn >= len(o.hosts) {
			return nil
		}
		var err error
		if e, err = o.dequeue(); err != nil {
			return err
		}
	}
	return nil
}

// queue keeps an event until its host's turn.
func (o *ordered) queue(e event.Event) error {
	h := &o.hosts[e.Host]
	switch e.Kind {
	case event.Started:
		h.started = &e
	case event.Ended:
		result := *e.Result
		e.Result = &result
		h.ended = &e
	case event.Output:
		var head [recordHead]byte
		head[0] = byte(e.Stream)
		binary.LittleEndian.PutUint32(head[1:], uint32(len(e.Data)))
		if err := o.pool.AppendTo(&h.output, head[:]); err != nil {
			return err
		}
		return h.output.Append(e.Data)
	}
	return nil
}

// dequeue passes on the events of the host whose turn has come. It returns the host's Ended,
// or the zero event if the host has not ended.
func (o *ordered) dequeue() (event.Event, error) {
	h := o.hosts[o.turn]
	o.hosts[o.turn] = queued{}
	if h.started != nil {
		if err := o.next.Event(*h.started); err != nil {
			return event.Event{}, err
		}
	}
	if h.output != nil {
		if err := o.replay(h.output); err != nil {
			return event.Event{}, err
		}
		h.output.Reset()
	}
	if h.ended == nil {
		return event.Event{}, nil
	}
	return *h.ended, o.next.Event(*h.ended)
}

// replay makes events of a spool's records.
func (o *ordered) replay(s *spool.Spool) error {
	var record []byte // from the beginning of one that is not yet whole
	return s.Each(func(piece []byte) error {
		record = append(record, piece...)
		rest := record
		for len(rest) >= recordHead {
			n := int(binary.LittleEndian.Uint32(rest[1:])) + recordHead
			if len(rest) < n {
				break
			}
			e := event.Event{Kind: event.Output, Host: o.turn, Stream: event.Stream(rest[0]), Data: rest[recordHead:n:n]}
			if err := o.next.Event(e); err != nil {
				return err
			}
			rest = rest[n:]
		}
		record = append(record[:0], rest...)
		return nil
	})
}

// Close passes on what is still queued, and closes the next sink. Hosts may be without an
// end: in interactive mode, a command may run on some of the hosts only.
func (o *ordered) Close(sum *event.Summary) error {
	var err error
	for ; err == nil && o.turn < len(o.hosts); o.turn++ {
		_, err = o.dequeue()
	}
	return join([]error{err, o.next.Close(sum)})
}
