package copying

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a host gets of a file with holes makes that file, and holds the data alone: here it is put
// together as dd does it.
func TestExtents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size int64
		data map[int64]string // by offset
		most int              // bytes of the pieces, at most
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
			var sent bytes.Buffer
			for _, piece := range placedPieces(p.files[0].extents, c.size, p.file) {
				b := make([]byte, piece.Size)
				if _, err := piece.From.ReadAt(b, piece.Offset); err != nil {
					t.Fatal(err)
				}
				sent.Write(b)
			}
			if sent.Len() > c.most {
				t.Errorf("%d bytes are sent, want %d at most", sent.Len(), c.most)
			}
			want, _ := os.ReadFile(path)
			if got := placed(t, &sent); !bytes.Equal(got, want) {
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
func placed(t *testing.T, sent *bytes.Buffer) (file []byte) {
	t.Helper()
	for {
		line, err := sent.ReadString('\n')
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		var seek, count, block, unit, size int64
		switch {
		case line == "done\n" && sent.Len() == 0:
			return file
		case scans(line, "at %d %d %d %d\n", &seek, &count, &block, &unit):
			data := sent.Next(int(count * block))
			file = append(file, make([]byte, max(0, int(seek*unit)+len(data)-len(file)))...)
			copy(file[seek*unit:], data)
		case scans(line, "size %d\n", &size):
			file = append(file, make([]byte, int(size)-len(file))...)
		default:
			t.Fatalf("%q, and %d bytes behind it", line, sent.Len())
		}
	}
}

func scans(line, format string, to ...any) bool {
	_, err := fmt.Sscanf(line, format, to...)
	return err == nil
}
