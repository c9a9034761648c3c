package fleet

import (
	"context"
	"sync"
	"time"

	"clsh/heat/combine"
)

// A Board is where checks find the state of those that they need. Its methods are safe for
// concurrent use.
type Board struct {
	mu      sync.Mutex
	entries map[string]*entry
	changed chan struct{} // closed at the next change
}

type entry struct {
	needs []string
	Report
	good int // good checks in a row
	// ask makes the check run now.
	ask func()
}

// A Report is how a check has ended.
type Report struct {
	State  combine.State
	Failed bool      // its state is failed, not only its last check
	Begun  time.Time // when the check began
}

// NewBoard returns an empty board.
func NewBoard() *Board { return &Board{entries: map[string]*entry{}, changed: make(chan struct{})} }

// Join puts a check on the board. ask makes it run now; it must not wait.
func (b *Board) Join(name string, needs []string, ask func()) {
	b.set(func() { b.entries[name] = &entry{needs: needs, ask: ask} })
}

// Put says how a check is.
func (b *Board) Put(name string, r Report) {
	b.set(func() {
		if e := b.entries[name]; e != nil {
			if e.Report = r; r.State == combine.Good {
				e.good++
			} else {
				e.good = 0
			}
		}
	})
}

// Health returns what a switch has to know of two checks, and a channel that is closed at the next
// change of the board. Of a check that is not there, nothing is known.
func (b *Board) Health(one, two string) (first, second combine.Health, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	health := func(name string) (h combine.Health) {
		if e := b.entries[name]; e != nil {
			h = combine.Health{Failed: e.Failed, Good: e.good}
		}
		return h
	}
	return health(one), health(two), b.changed
}

func (b *Board) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
	close(b.changed)
	b.changed = make(chan struct{})
}

// HeldBy returns the failing check that holds name, or "".
func (b *Board) HeldBy(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return combine.HeldBy(name, b.state, b.needs)
}

// Blame returns the check at whose fault the check of name failed that ended at ended, or "" if it
// is its own. It has what name needs run now, and waits for that, until ctx ends.
func (b *Board) Blame(ctx context.Context, name string, ended time.Time) string {
	asked := map[string]bool{}
	for {
		b.mu.Lock()
		by, wait := combine.Blame(name, ended, b.state, b.begun, time.Time.Before, b.needs)
		changed := b.changed
		for _, need := range wait {
			if !asked[need] {
				asked[need] = true
				if e := b.entries[need]; e != nil {
					e.ask()
				}
			}
		}
		b.mu.Unlock()
		if by != "" || len(wait) == 0 {
			return by
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return wait[0]
		}
	}
}

// The caller of these holds mu. A check that is not there is being started anew by a reload.
func (b *Board) state(name string) combine.State {
	if e := b.entries[name]; e != nil {
		return e.State
	}
	return combine.Unknown
}

func (b *Board) begun(name string) time.Time {
	if e := b.entries[name]; e != nil {
		return e.Begun
	}
	return time.Time{}
}

func (b *Board) needs(name string) []string {
	if e := b.entries[name]; e != nil {
		return e.needs
	}
	return nil
}
