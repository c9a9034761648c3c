package input

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/remote"
)

// Each line gets a prompt, the last one also without its newline; a line that is too long for a
// command is refused whole, and the next one is read.
func TestPlainLines(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("x", remote.MaxCommand)
	type read struct {
		line string
		err  error
	}
	var want []read
	for _, line := range []string{"a", "", longest} {
		want = append(want, read{line, nil})
	}
	want = append(want, read{"", TooLong(remote.MaxCommand + 2)}, read{"after", nil}, read{"", io.EOF})
	in, err := Open(Config{
		Stdin: fileWith(t, "a\n\n"+longest+"\n"+longest+"y\n"+"after"), Screen: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	in.StartLine()
	for _, w := range want {
		line, err := in.ReadLine()
		if line != w.line || !errors.Is(err, w.err) {
			t.Fatalf("%d bytes and %v, want %d bytes and %v", len(line), err, len(w.line), w.err)
		}
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}

// The prompt is written before each line, and a newline at the end of the input.
func TestPlainPrompt(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	in, err := Open(Config{Stdin: fileWith(t, "a\n"), Screen: &screen})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err = in.ReadLine()
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if !errors.Is(err, io.EOF) || screen.String() != "clsh> clsh> \n" {
		t.Errorf("%q, %v", screen.String(), err)
	}
}

// fileWith returns an open file that holds text.
func fileWith(t *testing.T, text string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}
