package sink

import (
	"encoding/binary"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// ordered hands events on in the order of the hosts, not of arrival. The first
// host that has not ended is shown as it comes; what the hosts behind it do
// waits in their spools until it is their turn.
type ordered struct {
	next  event.Sink
	pool  *spool.Pool
	turn  int // the rank whose events pass
	hosts []held
}

// held is what waits of one host: its output as records (the stream, four
// bytes of length, the data), and its other events.
type held struct {
	output  *spool.Spool
	started *event.Event
	ended   *event.Event
}

// recordHead is the length of a record's head.
const recordHead = 5

// Event passes the event on or keeps it. What belongs to no host passes.
func (o *ordered) Event(e event.Event) error {
	switch e.Kind {
	case event.Tick, event.Show, event.Note:
		return o.next.Event(e)
	}
	if e.Host != o.turn {
		return o.keep(e)
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
		if e, err = o.release(); err != nil {
			return err
		}
	}
	return nil
}

// keep puts an event aside.
func (o *ordered) keep(e event.Event) error {
	h := &o.hosts[e.Host]
	switch e.Kind {
	case event.Started:
		h.started = &e
	case event.Ended:
		result := *e.Result
		e.Result = &result
		h.ended = &e
	case event.Output:
		if h.output == nil {
			h.output = o.pool.New()
		}
		var head [recordHead]byte
		head[0] = byte(e.Stream)
		binary.LittleEndian.PutUint32(head[1:], uint32(len(e.Data)))
		if err := h.output.Append(head[:]); err != nil {
			return err
		}
		return h.output.Append(e.Data)
	}
	return nil
}

// release hands on what has waited of the host whose turn has come. It returns
// the host's Ended, or no event when the host goes on.
func (o *ordered) release() (event.Event, error) {
	h := o.hosts[o.turn]
	o.hosts[o.turn] = held{}
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

// Close hands on what still waits, where hosts have had no end, and closes the sink behind. In
// interactive mode, a command may run on some of the hosts only.
func (o *ordered) Close(sum *event.Summary) error {
	var err error
	for ; err == nil && o.turn < len(o.hosts); o.turn++ {
		_, err = o.release()
	}
	return join([]error{err, o.next.Close(sum)})
}
