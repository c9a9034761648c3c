package input

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"sync"
	"testing"
)

// What the editor draws while it works on keys reaches the terminal in one write, before the next
// key is waited for; what comes while it waits is written at once.
func TestCanvasHolds(t *testing.T) {
	t.Parallel()
	var screen writes
	c := &canvas{w: &screen, k: emptyKeys(t)}
	draw := func(text string) {
		if _, err := io.WriteString(c, text); err != nil {
			t.Error(err)
		}
	}
	draw("prompt ")
	c.hold()
	draw("a")
	draw("b")
	if err := c.show(); err != nil {
		t.Error(err)
	}
	draw("result")
	c.hold()
	big := string(bytes.Repeat([]byte{'x'}, maxHeld))
	draw(big)
	if got, want := screen.all(), []string{"prompt ", "ab", "result", big}; !slices.Equal(got, want) {
		t.Errorf("%.60q, want %.60q", got, want)
	}
}

// A request for the cursor's position is answered from here, also one that is held, and the rest
// of the text is drawn.
func TestCanvasAnswers(t *testing.T) {
	t.Parallel()
	var screen writes
	k := emptyKeys(t)
	c := &canvas{w: &screen, k: k}
	c.hold()
	if n, err := io.WriteString(c, "a\x1b[6nb\x1b[6n"); n != 10 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	var answers [32]byte
	n, err := drawnKeys{c, k}.Read(answers[:])
	if got, want := string(answers[:n]), "\x1b[1;1R\x1b[1;1R"; got != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if got := screen.all(); !slices.Equal(got, []string{"ab"}) {
		t.Errorf("drawn %q", got)
	}
}

// A terminal that takes nothing ends the input.
func TestCanvasFails(t *testing.T) {
	t.Parallel()
	c := &canvas{w: failing{}, k: emptyKeys(t)}
	c.hold()
	if _, err := io.WriteString(c, "a"); err != nil {
		t.Error(err)
	}
	if _, err := (drawnKeys{c, c.k}).Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// emptyKeys returns keys on which nothing is typed.
func emptyKeys(t *testing.T) *keys {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	k, err := newKeys(r, true, func(byte) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(k.Close(), r.Close(), w.Close()); err != nil {
			t.Error(err)
		}
	})
	return k
}

// writes keeps each write.
type writes struct {
	mu   sync.Mutex
	list []string
}

func (w *writes) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, string(b))
	return len(b), nil
}

func (w *writes) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.list
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }
