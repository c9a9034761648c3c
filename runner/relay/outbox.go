package relay

import (
	"io"
	"sync"
	"time"
)

// How long an outbox collects after a write, and how many lines go out at once after quiet beside the
// first (beat). Where there are many, each write, and each packet of ssh, has several of them. A relay
// has hosts that wait, so that grants may come late; and what it reports is for people to read.
const (
	gatherLines   = 10 * time.Millisecond
	gatherReports = 100 * time.Millisecond
	savedReports  = 4
)

// mostReports is how much a relay collects for a root that does not read, in bytes.
const mostReports = 1 << 20

// An outbox collects lines and writes them together.
type outbox struct {
	beat beat // of its writes
	most int  // bytes; Write waits while there are that many

	mu sync.Mutex
	// room wakes those that wait for room.
	room   *sync.Cond
	buf    []byte
	err    error // of the writer
	closed bool
	more   chan struct{} // has room for one
	urgent chan struct{} // has room for one
	over   chan struct{} // closed by close
}

func newOutbox(gather time.Duration, saved, most int) *outbox {
	o := &outbox{
		beat: beat{every: gather, saved: saved}, most: most,
		more: make(chan struct{}, 1), urgent: make(chan struct{}, 1), over: make(chan struct{}),
	}
	o.room = sync.NewCond(&o.mu)
	return o
}

// put adds a line to a relay, without waiting. After close it has no effect.
func (o *outbox) put(l line) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil
	}
	buf, err := l.append(o.buf)
	if err == nil {
		o.buf = buf
		wake(o.more)
	}
	return err
}

// Write adds what a relay reports, once there is room. Its error is that of an earlier write.
func (o *outbox) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.buf) >= o.most && o.err == nil {
		o.room.Wait()
	}
	if o.err != nil {
		return 0, o.err
	}
	o.buf = append(o.buf, p...)
	wake(o.more)
	return len(p), nil
}

// pong adds an empty line, a sign of life, unless the root has more to read than it should.
func (o *outbox) pong() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.buf) < o.most {
		o.buf = append(o.buf, '\n')
		wake(o.more)
	}
}

// close makes write return once all is written.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.closed = true
		close(o.over)
	}
	wake(o.more)
}

// hurry ends the gathering of what there is.
func (o *outbox) hurry() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.buf) > 0 {
		wake(o.urgent)
	}
}

func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// write writes to w until close, or an error, which it returns: then nobody reads any more.
func (o *outbox) write(w io.Writer) error {
	var spare []byte // what was written, to be used again
	for range o.more {
		o.beat.wait(o.urgent, o.over)
		o.mu.Lock()
		buf, closed := o.buf, o.closed
		o.buf = spare
		o.room.Broadcast()
		o.mu.Unlock()
		if len(buf) > 0 {
			if _, err := w.Write(buf); err != nil {
				o.fail(err)
				return err
			}
		}
		if closed {
			return nil
		}
		spare = buf[:0]
		if cap(spare) > maxBlock {
			spare = nil
		}
	}
	return nil
}

func (o *outbox) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
	o.room.Broadcast()
}
