package heat

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"syscall"
	"time"
)

// A lane runs one piece of work at a time beside the loop. What blocks in it
// (a full pipe, a FIFO, a file system that hangs) blocks nobody else.
type lane struct {
	mu   sync.Mutex
	idle chan struct{} // closed when the work ends; nil while there is none
	// stuck says that somebody has waited for this work in vain. Nobody waits
	// for it again.
	stuck bool
}

// kick starts work unless it runs. The caller holds mu; work calls stop, with
// mu held, when it finds nothing more to do.
func (l *lane) kick(work func()) {
	if l.idle == nil {
		l.idle = make(chan struct{})
		go work()
	}
}

func (l *lane) stop() {
	close(l.idle)
	l.idle, l.stuck = nil, false
}

// settled returns a channel that is closed when the lane has nothing to do, or
// when limit is over. Work that is blocked then is abandoned: the process ends
// it.
func (l *lane) settled(limit time.Duration) <-chan struct{} {
	l.mu.Lock()
	idle, stuck := l.idle, l.stuck
	l.mu.Unlock()
	done := make(chan struct{})
	if idle == nil || stuck {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		t := time.NewTimer(limit)
		defer t.Stop()
		select {
		case <-idle:
		case <-t.C:
			l.mu.Lock()
			l.stuck = l.idle == idle
			l.mu.Unlock()
		}
	}()
	return done
}

// settleLimit bounds the wait for what is being written, at heat's end and
// before a recovery.
const settleLimit = 600 * time.Millisecond

// The most that waits for a reader.
const (
	streamBound = 64 << 10
	logBound    = 4 << 20
)

// An outlet is where lines go: a stream or the log. Write never blocks. Lines
// for which there is no room, or which could not be written, are counted, and
// the count is written when the outlet works again.
type outlet struct {
	lane
	write func(lines []byte) (int, error) // runs in the lane; may block
	bound int
	// count returns the line that counts n lost ones. Where it is nil, lost
	// gets the number instead.
	count func(n int) []byte
	lost  func(n int)
	// failed gets the first error after a success; gone, where there is one,
	// is closed instead when nobody reads any more (EPIPE).
	failed func(error)
	gone   chan struct{}

	waiting, spare []byte
	before, after  int // lines lost before and after those that are waiting
	err            error
}

func newOutlet(w io.Writer, bound int) *outlet {
	return &outlet{write: w.Write, bound: bound}
}

// Write takes whole lines.
func (o *outlet) Write(lines []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.after > 0 || len(o.waiting) > 0 && len(o.waiting)+len(lines) > o.bound {
		o.after += lineCount(lines)
		return len(lines), nil
	}
	o.waiting = append(o.waiting, lines...)
	o.kick(o.drain)
	return len(lines), nil
}

func lineCount(b []byte) int { return bytes.Count(b, []byte{'\n'}) }

// batch is what drain writes at once: the lines, and the counts around them.
type batch struct {
	lines         []byte
	head          int // length of the line that counts those lost before
	before, after int
}

// drain writes until nothing waits.
func (o *outlet) drain() {
	for {
		b, ok := o.take()
		if !ok {
			return
		}
		n, err := o.write(b.lines)
		o.wrote(b, n, err)
	}
}

func (o *outlet) take() (b batch, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) == 0 {
		o.stop()
		return b, false
	}
	b.before, b.after = o.before, o.after
	if head := o.appendCount(nil, b.before); head != nil {
		b.head = len(head)
		o.waiting = append(head, o.waiting...)
	}
	b.lines = o.appendCount(o.waiting, b.after)
	o.waiting, o.spare, o.before, o.after = o.spare[:0], nil, 0, 0
	return b, true
}

func (o *outlet) appendCount(b []byte, n int) []byte {
	if n == 0 || o.count == nil {
		return b
	}
	return append(b, o.count(n)...)
}

// wrote takes note of what became of a batch of which n bytes were written.
func (o *outlet) wrote(b batch, n int, err error) {
	o.mu.Lock()
	first := err != nil && o.err == nil
	o.err = err
	if cap(b.lines) <= streamBound {
		o.spare = b.lines
	}
	if err != nil {
		o.before += b.missed(n, o.count != nil)
	}
	o.mu.Unlock()
	switch {
	case err == nil && o.lost != nil && b.before+b.after > 0:
		o.lost(b.before + b.after)
	case first && o.gone != nil && errors.Is(err, syscall.EPIPE):
		close(o.gone)
	case first && o.failed != nil:
		o.failed(err)
	}
}

// missed is the number of lines that are lost when only n bytes of the batch
// were written. A count that was not written stands for what it counts.
func (b *batch) missed(n int, counted bool) int {
	lost := lineCount(b.lines[n:]) + b.after
	if counted && b.after > 0 {
		lost--
	}
	if n < b.head || !counted {
		lost += b.before
	}
	if n < b.head {
		lost--
	}
	return lost
}

// broken reports whether the last write failed.
func (o *outlet) broken() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err != nil
}
