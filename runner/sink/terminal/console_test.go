package terminal

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"clsh/runner/event"
)

// A write to the terminal erases the status line and draws it again, unless the write
// leaves its line unfinished; a write to another stream leaves the status line alone.
func TestWriteAndStatus(t *testing.T) {
	t.Parallel()
	var tty, file bytes.Buffer
	c := NewConsole(Streams{Stdout: &file, Stderr: &tty, StderrShared: true, Width: func() int { return 6 }})
	status := func(columns int) string { return "12345678"[:columns] }
	write := func(stream event.Stream, text string) func() error {
		return func() error {
			_, err := io.WriteString(c.Writer(stream), text)
			return err
		}
	}
	const line = belowCursor + "12345" + backUp // the last column stays empty
	for _, step := range []struct {
		name        string
		do          func() error
		onTTY, file string
	}{
		{"no status line yet", write(event.Stderr, "a\n"), "a\n", ""},
		{"drawn", func() error { return c.SetStatus(status) }, line, ""},
		{"the same line", func() error { return c.SetStatus(status) }, "", ""},
		{"output", write(event.Stderr, "b\n"), belowCursor + backUp + "b\n" + line, ""},
		{"output elsewhere", write(event.Stdout, "c\n"), "", "c\n"},
		{"a line that has not ended", write(event.Stderr, "d"), belowCursor + backUp + "d", ""},
		{"its end", write(event.Stderr, "\n"), "\n" + line, ""},
		{"lent", func() error { return c.Lend(func() { tty.WriteString("e\n") }) }, belowCursor + backUp + "e\n", ""},
		{"drawn again", func() error { return c.SetStatus(status) }, line, ""},
		{"cleared", c.ClearStatus, belowCursor + backUp, ""},
		{"no status line any more", write(event.Stderr, "f\n"), "f\n", ""},
	} {
		tty.Reset()
		file.Reset()
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if tty.String() != step.onTTY || file.String() != step.file {
			t.Errorf("%s: %q on the terminal and %q in the file, want %q and %q", step.name, tty.String(), file.String(), step.onTTY, step.file)
		}
	}
}

// A writer that fails is reported by every call that writes to it.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	gone := errors.New("gone")
	r.CloseWithError(gone)
	c := NewConsole(Streams{Stdout: w, Stderr: w, StderrShared: true})
	if _, err := c.Writer(event.Stdout).Write([]byte("a\n")); !errors.Is(err, gone) {
		t.Errorf("write: %v", err)
	}
	if err := c.SetStatus(func(int) string { return "status" }); !errors.Is(err, gone) {
		t.Errorf("status: %v", err)
	}
	if err := c.ClearStatus(); !errors.Is(err, gone) {
		t.Errorf("clear: %v", err)
	}
}
