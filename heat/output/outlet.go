package output

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// A Lane runs one piece of work at a time beside the loop. What blocks in it
// (a full pipe, a FIFO, a file system that hangs) blocks nobody else.
type Lane struct {
	mu   sync.Mutex
	idle chan struct{} // closed when the work ends; nil while there is none
	// stuck says that somebody has waited for this work in vain. Nobody waits
	// for it again.
	stuck bool
}

// kick starts work unless it runs. The caller holds mu; work calls stop, with
// mu held, when it finds nothing more to do.
func (l *Lane) kick(work func()) {
	if l.idle == nil {
		l.idle = make(chan struct{})
		go work()
	}
}

func (l *Lane) stop() {
	close(l.idle)
	l.idle, l.stuck = nil, false
}

// Settled returns a channel that is closed when the lane has nothing to do, or
// when limit is over. Work that is blocked then is abandoned: the process ends
// it.
func (l *Lane) Settled(limit time.Duration) <-chan struct{} {
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
		select {
		case <-idle:
		case <-time.After(limit):
			l.mu.Lock()
			l.stuck = l.idle == idle
			l.mu.Unlock()
		}
	}()
	return done
}

// SettleLimit bounds the wait for what is being written, at heat's end and
// before a recovery.
const SettleLimit = 600 * time.Millisecond

// The most that waits for a reader.
const (
	StreamBound = 64 << 10
	logBound    = 4 << 20
)

// An Outlet is where lines go: a stream or the log. Write never blocks. Lines
// for which there is no room, or which could not be written, are counted, and
// the count is written when the outlet works again.
type Outlet struct {
	Lane
	To    func(lines []byte) (int, error) // runs in the lane; may block
	Bound int
	// Count returns the line that counts n lost ones. Where it is nil, lost
	// gets the number instead.
	Count func(n int) []byte
	Lost  func(n int)
	// Failed gets the first error after a success; gone, where there is one,
	// is closed instead when nobody reads any more (EPIPE).
	Failed func(error)
	Gone   chan struct{}

	waiting, spare []byte
	before, after  int // lines lost before and after those that are waiting
	err            error
}

// NewOutlet returns an Outlet to w, where at most bound bytes wait.
func NewOutlet(w io.Writer, bound int) *Outlet {
	return &Outlet{To: w.Write, Bound: bound}
}

// Write takes whole lines.
func (o *Outlet) Write(lines []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.after > 0 || len(o.waiting) > 0 && len(o.waiting)+len(lines) > o.Bound {
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
func (o *Outlet) drain() {
	for {
		b, ok := o.take()
		if !ok {
			return
		}
		n, err := o.To(b.lines)
		o.wrote(b, n, err)
	}
}

func (o *Outlet) take() (b batch, ok bool) {
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

func (o *Outlet) appendCount(b []byte, n int) []byte {
	if n == 0 || o.Count == nil {
		return b
	}
	return append(b, o.Count(n)...)
}

// wrote takes note of what became of a batch of which n bytes were written.
func (o *Outlet) wrote(b batch, n int, err error) {
	o.mu.Lock()
	first := err != nil && o.err == nil
	o.err = err
	if cap(b.lines) <= StreamBound {
		o.spare = b.lines
	}
	if err != nil {
		o.before += b.missed(n, o.Count != nil)
	}
	o.mu.Unlock()
	switch {
	case err == nil && o.Lost != nil && b.before+b.after > 0:
		o.Lost(b.before + b.after)
	case first && o.Gone != nil && errors.Is(err, syscall.EPIPE):
		close(o.Gone)
	case first && o.Failed != nil:
		o.Failed(err)
	}
}

// missed is the number of lines that are lost when only n bytes of the batch
// were written. A count that was not written counts for what it counts.
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

// Broken reports whether the last write failed.
func (o *Outlet) Broken() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err != nil
}

// LostLines counts lines that nobody read in time.
func LostLines(n int) string {
	if n == 1 {
		return "1 line was not written"
	}
	return strconv.Itoa(n) + " lines were not written"
}
