package copying

import (
	"sync"
	"sync/atomic"
	"time"
)

// A Meter counts what is sent to all hosts, and bounds how fast. Its methods may be called at any
// time.
type Meter struct {
	// Rate is how many bytes a second are sent at most; 0: no limit.
	Rate int64

	done, asked atomic.Int64
	hosts       sync.Map // *hostMeter, by rank

	mu   sync.Mutex
	next time.Time // when the next bytes may be sent
}

// A hostMeter counts what is sent to one host, for its Meter, too.
type hostMeter struct {
	all         *Meter
	done, asked atomic.Int64
}

// to returns the meter of a host.
func (m *Meter) to(rank int) *hostMeter {
	h, _ := m.hosts.LoadOrStore(rank, &hostMeter{all: m})
	return h.(*hostMeter)
}

// MovedTo returns Moved for the host of a rank.
func (m *Meter) MovedTo(rank int) (done, asked int64) {
	h := m.to(rank)
	return h.done.Load(), h.asked.Load()
}

// ask counts n bytes that are to be sent.
func (h *hostMeter) ask(n int64) {
	h.asked.Add(n)
	h.all.asked.Add(n)
}

// frame returns the size of the largest frame of a feed whose bytes m counts; 0: no limit. A stop
// waits for the end of a frame, which must not hold more than what is sent in a fraction of a second. It
// is one of whole blocks.
func (m *Meter) frame() int64 {
	if m.Rate <= 0 {
		return 0
	}
	return max(m.Rate/5/copyBlock, 1) * copyBlock
}

// Moved returns how many bytes were sent, and how many hosts have asked for so far.
func (m *Meter) Moved() (done, asked int64) { return m.done.Load(), m.asked.Load() }

// sent counts n bytes, and waits until the next may be sent to any host, or stop is closed.
func (h *hostMeter) sent(n int64, stop <-chan struct{}) {
	m := h.all
	h.done.Add(n)
	m.done.Add(n)
	if m.Rate <= 0 {
		return
	}
	m.mu.Lock()
	now := time.Now()
	if m.next.Before(now) {
		m.next = now
	}
	m.next = m.next.Add(time.Duration(float64(n) / float64(m.Rate) * float64(time.Second)))
	wait := m.next.Sub(now)
	m.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-stop:
	}
}
