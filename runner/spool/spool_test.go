package spool

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Many spools over one pool give back what each was given, whatever is in
// memory and whatever on disk, and leave no name in the directory.
func TestSpools(t *testing.T) {
	dir := t.TempDir()
	p := NewPool(dir)
	defer p.Close()
	p.limit = 3 << 20
	r := rand.New(rand.NewPCG(1, 2))
	bytesOf := rand.NewChaCha8([32]byte{})
	spools := make([]*Spool, 9)
	model := make([][]byte, len(spools))
	for i := range spools {
		spools[i] = p.New()
	}
	for range 3000 {
		i := r.IntN(len(spools))
		if r.IntN(150) == 0 {
			spools[i].Reset()
			model[i] = nil
			continue
		}
		b := make([]byte, r.IntN(1+r.IntN(64<<10)))
		if _, err := bytesOf.Read(b); err != nil {
			t.Fatal(err)
		}
		if err := spools[i].Append(b); err != nil {
			t.Fatal(err)
		}
		model[i] = append(model[i], b...)
		if p.used > p.limit {
			t.Fatalf("%d bytes in memory, more than %d", p.used, p.limit)
		}
	}
	if p.file == nil {
		t.Fatal("nothing went to disk")
	}
	for i, s := range spools {
		var got []byte
		if err := s.Each(func(b []byte) error { got = append(got, b...); return nil }); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, model[i]) || s.size != int64(len(model[i])) {
			t.Errorf("spool %d gives back %d bytes, %d were written, or they differ", i, len(got), len(model[i]))
		}
		s.Reset()
	}
	if p.used != 0 || len(p.free) != int(p.slots) {
		t.Errorf("%d bytes and %d of %d slots are not given back", p.used, int(p.slots)-len(p.free), p.slots)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the directory: %v, %v", left, err)
	}
}

// What has passed does not make the file grow.
func TestPoolReusesItsFile(t *testing.T) {
	p := NewPool(t.TempDir())
	defer p.Close()
	s := p.New()
	b := make([]byte, 2*MaxMemory)
	for range 20 {
		if err := s.Append(b); err != nil {
			t.Fatal(err)
		}
		s.Reset()
	}
	st, err := p.file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if st.Size() > int64(len(b)) {
		t.Errorf("the file has grown to %d bytes", st.Size())
	}
}

func TestUnlinkedFile(t *testing.T) {
	dir := t.TempDir()
	f, err := unlinkedFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in the directory: %v, %v", left, err)
	}
}

func TestPoolNamesItsDirectory(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	s := NewPool(missing).New()
	err := s.Append(make([]byte, MaxMemory+1))
	if err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("error %v", err)
	}
}
