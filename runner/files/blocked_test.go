package files

import (
	"bytes"
	"os"
	"testing"
	"time"
)

// fullPipe returns a pipe that takes no more.
func fullPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(); _ = w.Close() })
	for Writable(w) {
		if err := w.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, 4096)); err != nil {
			t.Fatal(err)
		}
	}
	return r, w
}

func TestWritable(t *testing.T) {
	t.Parallel()
	r, w := fullPipe(t)
	if _, err := r.Read(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if !Writable(w) {
		t.Error("a pipe that was read is full")
	}
	_ = r.Close()
	if Writable(w) {
		t.Error("a pipe without a reader takes something")
	}
}

func TestWhenBlocked(t *testing.T) {
	t.Parallel()
	_, full := fullPipe(t)
	called := make(chan struct{})
	WhenBlocked(time.Millisecond, time.Hour, func() { close(called) }, new(bytes.Buffer), full)
	<-called
	r, empty, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer empty.Close()
	begin, late := time.Now(), make(chan time.Duration, 1)
	WhenBlocked(time.Millisecond, time.Second, func() { late <- time.Since(begin) }, empty)
	if took := <-late; took < time.Second {
		t.Errorf("called after %s, and nothing was blocked", took)
	}
	stop := WhenBlocked(time.Hour, time.Hour, func() { t.Error("called after stop") }, full)
	if !stop() {
		t.Error("stop reports that it came too late")
	}
}
