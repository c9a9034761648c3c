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
	entries map[string]entry
	changed chan struct{} // closed at the next change
}

// The zero entry is that of a check that is not there: a reload is restarting it.
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
func NewBoard() *Board { return &Board{entries: map[string]entry{}, changed: make(chan struct{})} }

// Join puts a check on the board. ask makes it run now; it must not wait.
func (b *Board) Join(name string, needs []string, ask func()) {
	b.set(func() { b.entries[name] = entry{needs: needs, ask: ask} })
}

// Put says how a check is.
func (b *Board) Put(name string, r Report) {
	b.set(func() {
		e, is := b.entries[name]
		if !is {
			return
		}
		if e.Report = r; r.State == combine.Good {
			e.good++
		} else {
			e.good = 0
		}
		b.entries[name] = e
	})
}

// Health returns what a switch has to know of two checks, and a channel that is closed at the next
// change of the board. Of a check that is not there, nothing is known.
func (b *Board) Health(one, two string) (first, second combine.Health, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	health := func(name string) combine.Health {
		return combine.Health{Failed: b.entries[name].Failed, Good: b.entries[name].good}
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
	return combine.HeldBy(name, b.check)
}

// Blame returns the check at whose fault the check of name failed that ended at ended, or "" if it
// is its own. It has what name needs run now, and waits for that, until ctx ends.
func (b *Board) Blame(ctx context.Context, name string, ended time.Time) string {
	asked := map[string]bool{}
	for {
		b.mu.Lock()
		by, wait := combine.Blame(name, ended, b.check)
		changed := b.changed
		for _, need := range wait {
			if !asked[need] {
				asked[need] = true
				if e, is := b.entries[need]; is {
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

// check returns what is known of a check. The caller holds mu.
func (b *Board) check(name string) combine.Check {
	e := b.entries[name]
	return combine.Check{Needs: e.needs, State: e.State, Begun: e.Begun}
}
