package input

import (
	"errors"
	"io"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// newTestKeys returns keys that read from a pipe, its other end, and the keys that
// have acted.
func newTestKeys(t *testing.T, terminal bool) (k *keys, in *os.File, pressed chan byte) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	pressed = make(chan byte, 16)
	k, err = newKeys(r, terminal, func(key byte) { pressed <- key })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(k.Close(), w.Close(), r.Close()); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t)
	})
	return k, w, pressed
}

func typeAt(t *testing.T, w *os.File, text string) {
	t.Helper()
	if _, err := w.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func wantRead(t *testing.T, k *keys, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if _, err := io.ReadFull(k, b); err != nil || string(b) != want {
		t.Fatalf("read %q (%v), want %q", b, err, want)
	}
}

// At the prompt ^C is for the editor; while a command runs it acts, and what is
// typed around it waits.
func TestKeys(t *testing.T) {
	k, w, pressed := newTestKeys(t, true)
	typeAt(t, w, "abc\x03")
	wantRead(t, k, "abc\x07\x03")
	k.setMode(running)
	typeAt(t, w, "ahead\x03 of\x1a it\r")
	if a, b := <-pressed, <-pressed; a != keyInterrupt || b != keySuspend {
		t.Errorf("keys %q %q acted", a, b)
	}
	k.setMode(typing)
	wantRead(t, k, "ahead of it\r")
}

// What comes in one read with the end of a line belongs to what that line starts.
func TestKeysBehindALine(t *testing.T) {
	k, w, pressed := newTestKeys(t, true)
	typeAt(t, w, "sleep 9\r\x03next\r")
	b := make([]byte, 100)
	if n, err := k.Read(b); err != nil || string(b[:n]) != "sleep 9\r" {
		t.Fatalf("read %q (%v)", b[:n], err)
	}
	k.setMode(running)
	if key := <-pressed; key != keyInterrupt {
		t.Errorf("key %q acted", key)
	}
	k.setMode(typing)
	if n, err := k.Read(b); err != nil || string(b[:n]) != "\x07next\r" {
		t.Fatalf("read %q (%v)", b[:n], err)
	}
}

// ^C acts behind more text than is read ahead of a pipe.
func TestKeysBehindALot(t *testing.T) {
	k, w, pressed := newTestKeys(t, true)
	k.setMode(running)
	line := make([]byte, 1000)
	for i := range line {
		line[i] = 'x'
	}
	for range 2 * maxAhead / len(line) {
		typeAt(t, w, string(line))
	}
	typeAt(t, w, "\x03")
	<-pressed
}

// Input that is no terminal has no keys, and is not read ahead without end.
func TestKeysOfAPipe(t *testing.T) {
	k, w, pressed := newTestKeys(t, false)
	k.setMode(running)
	typeAt(t, w, "a\x03b\n")
	wantRead(t, k, "a\x03b\n")
	if len(pressed) > 0 {
		t.Errorf("%q acted", <-pressed)
	}
}

// While a command runs, Return acts where nothing is typed before it on its line;
// elsewhere it ends a line that waits, and at the prompt it is the editor's.
func TestKeysReturn(t *testing.T) {
	k, w, pressed := newTestKeys(t, true)
	typeAt(t, w, "\r")
	wantRead(t, k, "\r")
	typeAt(t, w, "sleep 9\r\rnext\r\r")
	wantRead(t, k, "sleep 9\r")
	k.setMode(running)
	if a, b := <-pressed, <-pressed; a != keyReturn || b != keyReturn {
		t.Errorf("keys %q %q acted", a, b)
	}
	typeAt(t, w, "more\x03")
	if key := <-pressed; key != keyInterrupt {
		t.Errorf("key %q acted", key)
	}
	k.setMode(typing)
	wantRead(t, k, "next\r")
	wantRead(t, k, "more")
	if len(pressed) > 0 {
		t.Errorf("%q acted, too", <-pressed)
	}
}
