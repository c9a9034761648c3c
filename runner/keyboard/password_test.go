package keyboard

import (
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"clsh/runner/sshtest"
)

// What is typed is read key by key, nothing of it is echoed, and the terminal has its modes back.
func TestReadPassword(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, typed, word string
		err               error
	}{
		{"a word", "geheim\r", "geheim", nil},
		{"empty", "\n", "", nil},
		{"what shells read", `p%u "q' \n $x` + "\r", `p%u "q' \n $x`, nil},
		{"backspace takes a character", "gü\x7f\x08Gü\r", "Gü", nil},
		{"more backspaces", "a\x7f\x7f\x7fb\r", "b", nil},
		{"the line is erased", "wrong\x15right\r", "right", nil},
		{"^Z is no key", "a\x1ab\r", "ab", nil},
		{"^D ends a word", "word\x04", "word", nil},
		{"^D alone", "\x04", "", io.EOF},
		{"^C", "secret\x03", "", ErrInterrupted},
		{"255 bytes", strings.Repeat("ü", 127) + "x\r", strings.Repeat("ü", 127) + "x", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newTypist(t)
			before, err := unix.IoctlGetTermios(int(p.q.TTY.Fd()), getTermios)
			if err != nil {
				t.Fatal(err)
			}
			type answer struct {
				word []byte
				err  error
			}
			done := make(chan answer, 1)
			go func() {
				word, err := ReadPassword(p.q.TTY, "password: ", nil)
				done <- answer{word, err}
			}()
			p.sees(`password: $`, 1)
			p.types(test.typed)
			a := <-done
			if string(a.word) != test.word || !errors.Is(a.err, test.err) {
				t.Errorf("%q, %v", a.word, a.err)
			}
			p.sees(`password: \n$`, 1)
			after, err := unix.IoctlGetTermios(int(p.q.TTY.Fd()), getTermios)
			if err != nil || *after != *before {
				t.Errorf("modes %+v, before %+v, %v", after, before, err)
			}
		})
	}
}

// A signal ends the question.
func TestReadPasswordIsCanceled(t *testing.T) {
	t.Parallel()
	p := newTypist(t)
	cancel, done := make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := ReadPassword(p.q.TTY, "password: ", cancel)
		done <- err
	}()
	p.sees(`password: $`, 1)
	close(cancel)
	sshtest.WaitFor(t, "the question is over", func() bool { return len(done) == 1 })
	if err := <-done; !errors.Is(err, errWoken) {
		t.Error(err)
	}
}
