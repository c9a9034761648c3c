package copying

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/conn"
)

// What a host gets of a file with holes makes that file, and holds the data alone: here it is put
// together as dd does it.
func TestExtents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size int64
		data map[int64]string // by offset
		most int64            // bytes of the pieces, at most
	}{
		"no hole":        {2<<20 + 3, map[int64]string{0: strings.Repeat("x", 2<<20+3)}, 2<<20 + 200},
		"only a hole":    {8 << 20, nil, 100},
		"in the middle":  {8 << 20, map[int64]string{3_000_001: "abc"}, 200_000},
		"both ends":      {8<<20 + 7, map[int64]string{0: "begin", 8<<20 + 4: "end"}, 200_000},
		"small holes":    {2 << 20, map[int64]string{100_000: "a", 900_000: "b"}, 2<<20 + 200},
		"nearly the end": {8<<20 + 7, map[int64]string{7 << 20: "x"}, 3 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for at, text := range c.data {
				if _, err := f.WriteAt([]byte(text), at); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Truncate(c.size); err != nil {
				t.Fatal(err)
			}
			p, err := New(Options{Paths: []string{path}, Dest: "/x/"}, dir)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			var sent int64
			pieces := placedPieces(p.files[0].extents, c.size, p.file)
			for _, piece := range pieces {
				sent += piece.Size
			}
			if sent > c.most {
				t.Errorf("%d bytes are sent, want %d at most", sent, c.most)
			}
			want, _ := os.ReadFile(path)
			if got := placed(t, pieces); !bytes.Equal(got, want) {
				t.Errorf("%d bytes arrive, and not the %d of the file", len(got), len(want))
			}
			sums := newSummer()
			_, _ = sums.Write(want)
			if sha, crc := sums.sums(); sha != p.files[0].sha || crc != p.files[0].crc {
				t.Errorf("sums %s %d, want %s %d", p.files[0].sha, p.files[0].crc, sha, crc)
			}
		})
	}
}

// placed returns the file that these lines and extents make.
func placed(t *testing.T, pieces []conn.Piece) (file []byte) {
	t.Helper()
	var at int
	for i, piece := range pieces {
		text := content(t, piece)
		var blocks, size int
		switch {
		case !piece.Bare:
			file = append(file, make([]byte, max(0, at+len(text)-len(file)))...)
			copy(file[at:], text)
		case scans(text, "at %d\n", &blocks):
			at = blocks * copyBlock
		case scans(text, "size %d\n", &size):
			file = append(file, make([]byte, size-len(file))...)
		case text != "done\n" || i+1 < len(pieces):
			t.Fatalf("line %d of %d is %q", i+1, len(pieces), text)
		}
	}
	return file
}

func content(t *testing.T, piece conn.Piece) string {
	t.Helper()
	b := make([]byte, piece.Size)
	if _, err := piece.From.ReadAt(b, piece.Offset); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return string(b)
}

func scans(line, format string, to ...any) bool {
	_, err := fmt.Sscanf(line, format, to...)
	return err == nil
}
