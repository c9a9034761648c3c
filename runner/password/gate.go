package password

import (
	"errors"
	"sync"
)

// MaxRefusals is how many hosts may refuse a password that none has accepted.
const MaxRefusals = 3

// ErrOver is Take's error where no host is given the password any more.
var ErrOver = errors.New("the password was refused elsewhere, so it was not tried here")

// ErrCanceled is Take's error where its caller has given up.
var ErrCanceled = errors.New("canceled")

// A Gate gives a password to hosts. Its methods may be called from any goroutine.
type Gate struct {
	// Again asks the user for another word, after so many refusals; nil: nobody can be asked. It
	// returns false where there is none, also when cancel is closed.
	again func(refusals int, cancel <-chan struct{}) (word []byte, ok bool)

	mu       sync.Mutex
	word     []byte
	state    state
	refusals int
	stale    bool          // the word was refused, another is to be asked for
	moved    chan struct{} // closed and replaced when state changes
	onOver   func()
}

type state uint8

const (
	unproven state = iota
	trying         // a host proves the word, or the user types another
	proven
	over
)

// New returns a Gate for word. again may be nil.
func New(word []byte, again func(refusals int, cancel <-chan struct{}) (word []byte, ok bool)) *Gate {
	return &Gate{word: word, again: again, moved: make(chan struct{})}
}

// OnOver sets what is called once no host is given the password any more. A run that follows another sets its own.
func (g *Gate) OnOver(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onOver = f
}

// A Trial is one host's use of the password. One of its methods must be called in the end; only
// the first call counts.
type Trial struct {
	// Word is the password, which the caller does not change.
	Word []byte

	gate *Gate
	once sync.Once
}

// Take waits until the host may be given the password. The error is ErrOver or ErrCanceled.
func (g *Gate) Take(cancel <-chan struct{}) (*Trial, error) {
	for {
		g.mu.Lock()
		switch g.state {
		case over:
			g.mu.Unlock()
			return nil, ErrOver
		case proven:
			defer g.mu.Unlock()
			return &Trial{Word: g.word, gate: g}, nil
		case unproven:
			g.state = trying
			if !g.stale {
				defer g.mu.Unlock()
				return &Trial{Word: g.word, gate: g}, nil
			}
			g.mu.Unlock()
			g.renew(cancel)
		case trying:
			moved := g.moved
			g.mu.Unlock()
			select {
			case <-moved:
			case <-cancel:
				return nil, ErrCanceled
			}
		}
	}
}

// renew asks for another word.
func (g *Gate) renew(cancel <-chan struct{}) {
	g.mu.Lock()
	refusals := g.refusals
	g.mu.Unlock()
	word, ok := g.again(refusals, cancel)
	g.mu.Lock()
	if ok {
		g.word, g.stale = word, false
		g.move(unproven)
	} else {
		g.move(over)
	}
	g.mu.Unlock()
}

// move enters a state, and wakes those who wait. The caller holds mu.
func (g *Gate) move(to state) {
	g.state = to
	close(g.moved)
	g.moved = make(chan struct{})
	if to == over && g.onOver != nil {
		g.onOver()
	}
}

// Accepted reports that the host has accepted the password.
func (t *Trial) Accepted() {
	t.end(func(g *Gate) {
		if g.state != proven && g.state != over {
			g.move(proven)
		}
	})
}

// Refused reports that the host has refused the password.
func (t *Trial) Refused() { t.fail(true) }

// Unanswered reports that the session ended before the host has said either. That counts as a
// refusal, but the same word may be tried elsewhere.
func (t *Trial) Unanswered() { t.fail(false) }

// fail counts a refusal. stale: the word is not tried again.
func (t *Trial) fail(stale bool) {
	t.end(func(g *Gate) {
		if g.state != trying {
			return
		}
		g.refusals++
		g.stale = stale
		if stale && g.again == nil || g.refusals >= MaxRefusals {
			g.move(over)
			return
		}
		g.move(unproven)
	})
}

func (t *Trial) end(f func(*Gate)) {
	t.once.Do(func() {
		t.gate.mu.Lock()
		defer t.gate.mu.Unlock()
		f(t.gate)
	})
}
