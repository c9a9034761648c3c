package conn

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
)

// A Feed writes what it is given, in frames, until its end.
func TestFeed(t *testing.T) {
	t.Parallel()
	f := NewFeed(text("one"), text("two"))
	f.Send(Piece{From: strings.NewReader("0123456789"), Offset: 3, Size: 4})
	r, e := fed(t, false)
	f.End()
	whole, err := f.feed(e)
	_ = e.file.Close()
	got, _ := io.ReadAll(r)
	if !whole || err != nil || string(got) != "data 10 1\nonetwo3456" {
		t.Errorf("%q, %v, %v", got, whole, err)
	}
}

// No frame is larger than a stop may wait for.
func TestFeedMaxFrame(t *testing.T) {
	t.Parallel()
	f := NewFeed(text("12345"), text("6789"))
	f.MaxFrame = 4
	f.End()
	r, e := fed(t, false)
	whole, err := f.feed(e)
	_ = e.file.Close()
	got, _ := io.ReadAll(r)
	if want := "data 4 1\n1234data 4 1\n5678data 1 1\n9"; !whole || err != nil || string(got) != want {
		t.Errorf("%q, %v, %v; want %q", got, whole, err, want)
	}
}

// kept returns an Input that has been read.
func kept(t *testing.T, text string) *Input {
	t.Helper()
	source, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	_, err = source.WriteString(text)
	if err == nil {
		_, err = source.Seek(0, io.SeekStart)
	}
	if err != nil {
		t.Fatal(err)
	}
	in, err := NewInput(source, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	if !in.Fill(make(chan struct{})) {
		t.Fatal(in.Err())
	}
	return in
}

func text(s string) Piece { return Piece{From: strings.NewReader(s), Size: int64(len(s))} }

func fed(t *testing.T, raw bool) (*os.File, *Stdin) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(); _ = w.Close() })
	return r, &Stdin{file: w, raw: raw}
}

// One that waits for more gives up when it is left, and is not whole.
func TestFeedLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFeed()
		_, e := fed(t, false)
		e.data = f
		done := make(chan bool)
		go func() {
			whole, _ := f.feed(e)
			done <- whole
		}()
		synctest.Wait()
		f.leave(e)
		f.End()
		if <-done {
			t.Error("left, and whole")
		}
		f.leave(e) // again does no harm
	})
}

// What follows it does not come before its end.
func TestFeedThen(t *testing.T) {
	t.Parallel()
	f := NewFeed(text("first"))
	f.Then = kept(t, "input")
	f.End()
	r, e := fed(t, true)
	whole, err := f.feed(e)
	_ = e.file.Close()
	if got, _ := io.ReadAll(r); !whole || err != nil || !bytes.Equal(got, []byte("firstinput")) {
		t.Errorf("%q, %v, %v", got, whole, err)
	}
}

// Lines to a stage are in no frame. What follows the stage waits for the command to begin, whose shell
// may say so more often than it should, and comes in frames.
func TestFeedStage(t *testing.T) {
	t.Parallel()
	f := NewFeed(Piece{From: strings.NewReader("at 0\n"), Size: 5, Bare: true}, text("data"), text("more"), Piece{From: strings.NewReader("done\n"), Size: 5, Bare: true})
	f.MaxFrame = 6
	f.Then = kept(t, "input")
	f.End()
	r, e := fed(t, false)
	e.data, e.again, e.left = f, make(chan struct{}), make(chan struct{})
	e.Feed()
	read := func(want string) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	read("at 0\ndata 6 1\ndatamodata 2 1\nredone\n")
	e.Feed()
	e.Feed()
	read("data 5 1\ninput" + "end\n")
	e.Close()
}

// A stage that is stopped is followed by nothing.
func TestFeedStageLeft(t *testing.T) {
	t.Parallel()
	f := NewFeed()
	f.Then = kept(t, "input")
	f.End()
	r, e := fed(t, false)
	e.data, e.again, e.left = f, make(chan struct{}), make(chan struct{})
	e.Feed()
	e.Close()
	if got, _ := io.ReadAll(r); len(got) > 0 || e.cut {
		t.Errorf("%q, cut %v", got, e.cut)
	}
}

// A piece of a file goes through a pipe whole, also one that is larger than the pipe and is read
// slowly; and where the other end is closed, that is an error.
func TestFeedFile(t *testing.T) {
	t.Parallel()
	source, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	content := bytes.Repeat([]byte("0123456789abcdef\n"), 100_000)
	if _, err := source.Write(content); err != nil {
		t.Fatal(err)
	}
	f := NewFeed(Piece{From: source, Offset: 5, Size: int64(len(content)) - 7}, text("end"))
	f.End()
	r, e := fed(t, true)
	wrote := make(chan error, 1)
	go func() {
		_, err := f.feed(e)
		_ = e.file.Close()
		wrote <- err
	}()
	got, _ := io.ReadAll(iotest.OneByteReader(io.LimitReader(r, 3)))
	rest, _ := io.ReadAll(r)
	if err := <-wrote; err != nil || string(got)+string(rest) != string(content[5:len(content)-2])+"end" {
		t.Errorf("%d bytes of %d, %v", len(got)+len(rest), len(content)-4, err)
	}

	f = NewFeed(Piece{From: source, Size: int64(len(content))})
	f.End()
	r, e = fed(t, true)
	_ = r.Close()
	if whole, err := f.feed(e); whole || !errors.Is(err, syscall.EPIPE) {
		t.Errorf("nobody reads: %v, %v", whole, err)
	}
}
