package relay

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// A gate is a writer that takes a write only when the test lets it.
type gate struct {
	writes chan string
	err    chan error
}

func newGate() *gate { return &gate{writes: make(chan string), err: make(chan error)} }

func (g *gate) Write(p []byte) (int, error) {
	g.writes <- string(p)
	return len(p), <-g.err
}

// What comes while a write goes on, and for a while after it, is one write, in its order.
func TestOutboxGathers(t *testing.T) {
	t.Parallel()
	o, g := newOutbox(time.Millisecond, 0, 1000), newGate()
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := o.write(g); err != nil {
			t.Error(err)
		}
	})
	fmt.Fprint(o, "first ")
	if got := <-g.writes; got != "first " {
		t.Fatalf("%q is written first", got)
	}
	want := ""
	for i := range 50 {
		fmt.Fprint(o, i, " ")
		want += fmt.Sprint(i, " ")
	}
	g.err <- nil
	if got := <-g.writes; got != want {
		t.Errorf("%q is written, want %q", got, want)
	}
	g.err <- nil
	fmt.Fprint(o, "last")
	o.close()
	if got := <-g.writes; got != "last" {
		t.Errorf("%q is written at the end", got)
	}
	g.err <- nil
	wg.Wait()
}

// A relay whose root does not read waits, and goes on when it does. Answers to pings are left out
// meanwhile, and an error ends the waiting.
func TestOutboxIsBounded(t *testing.T) {
	t.Parallel()
	o, g := newOutbox(0, 0, 10), newGate()
	written, entered := make(chan error, 1), make(chan struct{}, 1)
	go func() { written <- o.write(g) }()
	fmt.Fprint(o, "x")
	<-g.writes
	fmt.Fprint(o, strings.Repeat("y", 10)) // it is full
	for range 20 {
		o.pong()
	}
	done := make(chan error, 1)
	go func() {
		entered <- struct{}{}
		_, err := io.WriteString(o, "z")
		done <- err
	}()
	<-entered
	select {
	case err := <-done:
		t.Fatalf("the outbox took more than it may: %v", err)
	case g.err <- nil:
	}
	if got := <-g.writes; got != strings.Repeat("y", 10) {
		t.Fatalf("%q is written", got)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(o, strings.Repeat("w", 9))
	go func() { // it waits for room
		_, err := io.WriteString(o, "v")
		done <- err
	}()
	broken := errors.New("broken")
	g.err <- broken
	if err := <-done; !errors.Is(err, broken) {
		t.Errorf("what waits ends with %v", err)
	}
	if err := <-written; !errors.Is(err, broken) {
		t.Errorf("write ended with %v", err)
	}
}
