package sink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/event"
	"clsh/runner/spool"
	"clsh/runner/sshtest"
)

func TestLines(t *testing.T) {
	names := []string{"a", "b"}
	tests := []struct {
		name           string
		config         Config
		events         []event.Event
		stdout, stderr string
	}{
		{name: "labels", events: []event.Event{out(0, "one\ntwo\n"), errOut(1, "bad\n")}, stdout: "a: one\na: two\n", stderr: "b: bad\n"},
		{name: "an empty line is not silence", events: []event.Event{out(0, "\n"), out(1, "x\n")}, stdout: "a: \nb: x\n"},
		{name: "silent", stdout: "a:\nb:\n"},
		{name: "no labels", config: Config{NoLabel: true}, events: []event.Event{out(0, "x\ny"), out(1, "z\n")}, stdout: "x\nz\ny\n"},
		{name: "no labels, silent", config: Config{NoLabel: true}},
		{name: "last newline", events: []event.Event{out(0, "x"), errOut(1, "y\nz")}, stdout: "a: x\n", stderr: "b: y\nb: z\n"},
		{name: "pieces", events: []event.Event{out(0, "x"), out(1, "1\n"), out(0, "y"), errOut(0, "e"), out(0, "z\nlast"), out(1, "2\n")},
			stdout: "b: 1\na: xyz\nb: 2\na: last\n", stderr: "a: e\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.config.Names = names
			s, stdout, stderr := newSink(t, test.config)
			must(t, s, start(0), start(1))
			must(t, s, test.events...)
			finish(t, s, ends(2)...)
			equal(t, "standard output", stdout.String(), test.stdout)
			equal(t, "standard error", stderr.String(), test.stderr)
		})
	}
}

// Whatever hosts print and however it is cut, each line comes out whole and
// under its own label.
func TestLinesKeepEveryByte(t *testing.T) {
	names := []string{"h1", "h2", "h3"}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		what := make([][3][]byte, len(names))
		for host := range what {
			what[host][event.Stdout] = nasty(r, 1+r.IntN(3000))
			what[host][event.Stderr] = nasty(r, 1+r.IntN(3000))
		}
		s, stdout, stderr := newSink(t, Config{Names: names})
		must(t, s, cut(r, what, 1+r.IntN(500))...)
		finish(t, s, ends(len(names))...)
		gotOut, gotErr := unlabel(t, names, stdout.Bytes()), unlabel(t, names, stderr.Bytes())
		for host := range what {
			equal(t, fmt.Sprintf("seed %d, stdout of %s", seed, names[host]), string(gotOut[host]), string(complete(what[host][event.Stdout])))
			equal(t, fmt.Sprintf("seed %d, stderr of %s", seed, names[host]), string(gotErr[host]), string(complete(what[host][event.Stderr])))
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\x00\r\n\xff"), []byte("x"), uint8(3))
	f.Add([]byte("\n\n"), []byte("h1: fake\n"), uint8(1))
	f.Fuzz(func(t *testing.T, a, b []byte, piece uint8) {
		names := []string{"h1", "h2"}
		what := [][3][]byte{{event.Stdout: a}, {event.Stdout: b}}
		s, stdout, _ := newSink(t, Config{Names: names})
		must(t, s, cut(rand.New(rand.NewPCG(1, uint64(piece))), what, 1+int(piece))...)
		finish(t, s, ends(2)...)
		got := unlabel(t, names, stdout.Bytes())
		equal(t, "h1", string(got[0]), string(complete(a)))
		equal(t, "h2", string(got[1]), string(complete(b)))
	})
}

// A line of 64 MB does not hold up another host, comes out whole, and is not held
// in memory.
func TestLongLine(t *testing.T) {
	size := 16 << 20
	if sshtest.Full() {
		size = 64 << 20
	}
	r, w := io.Pipe()
	s, err := New(Config{Names: []string{"long", "short"}, Stdout: w, Stderr: io.Discard, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- func() error {
			piece := bytes.Repeat([]byte("0123456789abcdef"), 4096)
			for n := 0; n < size; n += len(piece) {
				if err := s.Event(event.Event{Kind: event.Output, Host: 0, Stream: event.Stdout, Data: piece}); err != nil {
					return err
				}
				if n == size/2 {
					if err := s.Event(out(1, "meanwhile\n")); err != nil {
						return err
					}
				}
			}
			queued := s.(*multi).closers[0].(*spool.Pool).Used()
			if queued > spool.MaxMemory {
				return fmt.Errorf("%d bytes in memory", queued)
			}
			return errors.Join(s.Event(end(0, exited(0))), s.Event(end(1, exited(0))), s.Close(sum(ends(2)...)), w.Close())
		}()
	}()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	got := unlabel(t, []string{"long", "short"}, text)
	equal(t, "short", string(got[1]), "meanwhile\n")
	if !bytes.HasPrefix(text, []byte("short: ")) {
		t.Error("the short line waited for the long one")
	}
	want := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	if !bytes.Equal(got[0], append(want, '\n')) {
		t.Errorf("the long line came out as %d bytes, or changed", len(got[0]))
	}
}

// A reader that has gone is distinguished from every other failure, and reported once.
func TestReaderGone(t *testing.T) {
	gone := make(chan os.Signal, 1)
	signal.Notify(gone, syscall.SIGPIPE)
	defer signal.Stop(gone)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	path := filepath.Join(t.TempDir(), "err")
	s, err := New(Config{Names: []string{"a"}, Stdout: w, Stderr: io.Discard, Err: path, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Event(out(0, "x\n")); !errors.Is(err, ErrReaderGone) {
		t.Errorf("error %v", err)
	}
	finish(t, s, exited(0))
}

// Somebody else has made the pipe non-blocking: nothing is lost.
func TestNonBlockingOutput(t *testing.T) {
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		t.Fatal(err)
	}
	r, w := os.NewFile(uintptr(fds[0]), "r"), os.NewFile(uintptr(fds[1]), "w") // as blocking as standard output is
	defer r.Close()
	if err := syscall.SetNonblock(fds[1], true); err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("line\n", 100_000)
	done := make(chan error, 1)
	go func() {
		s, err := New(Config{Names: []string{"a"}, NoLabel: true, Stdout: w, Stderr: io.Discard})
		if err == nil {
			err = errors.Join(s.Event(out(0, text)), s.Event(end(0, exited(0))), s.Close(sum(exited(0))))
		}
		done <- errors.Join(err, w.Close())
	}()
	got, err := io.ReadAll(r)
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	equal(t, "output", string(got), text)
}

// What eight hosts of a flood cost: 64-byte lines in blocks as the engine
// makes them.
func BenchmarkLines(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	names := make([]string, 8)
	for i := range names {
		names[i] = fmt.Sprintf("node%d", i+1)
	}
	for _, size := range []int{4 << 10, 64 << 10} {
		b.Run(fmt.Sprintf("block=%d", size), func(b *testing.B) {
			s, err := New(Config{Names: names, Stdout: null, Stderr: null})
			if err != nil {
				b.Fatal(err)
			}
			block := bytes.Repeat([]byte(strings.Repeat("x", 63)+"\n"), size/64)
			b.SetBytes(int64(len(block)))
			for i := 0; b.Loop(); i++ {
				if err := s.Event(event.Event{Kind: event.Output, Host: i % 8, Stream: event.Stdout, Data: block}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
