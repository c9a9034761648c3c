package relay

import (
	"io"
	"sync"
)

// An outbox holds lines until they are written, so that nobody waits for a relay that does not read.
type outbox struct {
	mu     sync.Mutex
	buf    []byte
	closed bool
	more   chan struct{} // has room for one
}

func newOutbox() *outbox { return &outbox{more: make(chan struct{}, 1)} }

// put adds a line. After close it has no effect.
func (o *outbox) put(l line) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil
	}
	buf, err := l.append(o.buf)
	if err == nil {
		o.buf = buf
		o.wake()
	}
	return err
}

// close makes write return once what was put is written.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.wake()
}

func (o *outbox) wake() {
	select {
	case o.more <- struct{}{}:
	default:
	}
}

// write writes what is put to w until close, or an error: then nobody reads any more.
func (o *outbox) write(w io.Writer) {
	for range o.more {
		o.mu.Lock()
		buf, closed := o.buf, o.closed
		o.buf = nil
		o.mu.Unlock()
		if len(buf) > 0 {
			if _, err := w.Write(buf); err != nil {
				return
			}
		}
		if closed {
			return
		}
	}
}
