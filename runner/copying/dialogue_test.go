package copying

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/event"
)

// newPlan returns a plan of n small files in a directory, and one of 2 MiB.
func newPlan(t *testing.T, n int, o Options) *Plan {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		write(t, filepath.Join(dir, fmt.Sprintf("f%04d", i)), fmt.Sprint(i))
	}
	write(t, filepath.Join(dir, "large"), strings.Repeat("x", 2<<20))
	o.Paths, o.Dest = []string{dir}, "/x/"
	p, err := New(o, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A host gets the members that it asks for and no others, as an archive.
func TestArchive(t *testing.T) {
	t.Parallel()
	p := newPlan(t, 450, Options{})
	d := p.open((&Meter{}).to(0), "")
	for _, line := range []string{"need 0 0 1 199", "need 200 399", "need 450 450"} {
		if !d.hear(line) {
			t.Fatalf("%q is not understood", line)
		}
	}
	var text, lines, placed string
	for _, piece := range p.archive(d.needed) {
		switch {
		case piece.Bare:
			lines += content(t, piece)
		case strings.HasPrefix(lines, "archive\nend\n"):
			placed += content(t, piece)
		default:
			text += content(t, piece)
		}
	}
	if want := "archive\nend\nat 0\ndone\ncommit\n"; lines != want || placed != strings.Repeat("x", 2<<20) {
		t.Errorf("lines %q, want %q; %d bytes are placed", lines, want, len(placed))
	}
	if len(text)%tarRecord != 0 {
		t.Errorf("an archive of %d bytes", len(text))
	}
	var names []string
	for r := tar.NewReader(strings.NewReader(text)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
	if got := strings.Join(names, " "); got != "2/f0000 2/f0001 2/f0199 2/f0399" {
		t.Errorf("members %s", got)
	}
}

// What a host says that copy.sh would not say changes nothing, and is not taken for an answer.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	p := newPlan(t, 3, Options{})
	d := p.open((&Meter{}).to(0), "")
	for _, line := range []string{
		"", "need", "need x", "need -1 -1", "need 0 3", "need 1 1", "need 0 99999999999999999999", "need 7 7", "need 0 -1", "send it", "failed", "copied ", "Copied",
	} {
		if d.hear(line) {
			t.Errorf("%q is taken", line)
		}
	}
	if len(d.needed) > 0 || d.sent || d.result != "" {
		t.Errorf("needed %v, sent %v, result %q", d.needed, d.sent, d.result)
	}
	if !d.hear("send") || d.hear("send") || d.hear("need 0 1") {
		t.Error("asks again for what was sent")
	}
	if !d.hear("copied") || d.hear("unchanged") || d.result != event.Changed {
		t.Errorf("result %q", d.result)
	}
}

// Output around the answers is passed on.
func TestListen(t *testing.T) {
	t.Parallel()
	d := newPlan(t, 1, Options{}).open((&Meter{}).to(0), "")
	var got string
	for _, data := range []string{"noise\n", answerMark + "need 0 0\nmore\n" + answerMark + "send\n", answerMark + "nonsense\n", answerMark + "copied\nout", answerMark + "copied\n"} {
		got += string(d.listen([]byte(data)))
	}
	if want := "noise\nmore\n" + answerMark + "nonsense\nout" + answerMark + "copied\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A file that changes while it is read is not copied.
func TestChanged(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "old")
	w := &walker{}
	if err := w.named(target{source: path, dir: "/x", name: "f"}, 0); err != nil {
		t.Fatal(err)
	}
	archive, err := os.Create(filepath.Join(t.TempDir(), "archive"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	grown := &growing{packer: packer{Options: &Options{}, file: archive}, path: path}
	err = grown.pack(tar.NewWriter(grown), w.entries[0])
	if !errors.Is(err, errChanged) || !strings.Contains(err.Error(), path) {
		t.Errorf("it grew: %v", err)
	}
	write(t, path+"2", "other")
	if err := os.Rename(path+"2", path); err != nil {
		t.Fatal(err)
	}
	if err := grown.pack(tar.NewWriter(grown), w.entries[0]); !errors.Is(err, errChanged) {
		t.Errorf("it was replaced: %v", err)
	}
}

// growing is a packer whose file grows with each write to the archive.
type growing struct {
	packer
	path string
}

func (g *growing) Write(b []byte) (int, error) {
	f, err := os.OpenFile(g.path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if _, err := f.WriteString("more"); err != nil {
		return 0, err
	}
	return g.packer.Write(b)
}
