// Package spool keeps bytes that wait: in memory first, past a limit in a file without a
// name, so that nothing is left of them however the process ends.
package spool

import (
	"fmt"
	"os"
)

// Limits of what is held for hosts. Past either of the first two, bytes go to
// the pool's file.
const (
	// MaxMemory is how many bytes of one spool are in memory.
	MaxMemory  = 1 << 20
	poolMemory = 32 << 20 // bytes of all spools in memory
	slotSize   = 1 << 18  // bytes of the file that a spool takes at a time
	pieceSize  = 64 << 10 // bytes handed on at a time when reading back
)

// TempHint ends the error of a file or a directory that could not be made or written where
// temporary files go.
const TempHint = "\nhint: set TMPDIR to another directory"

// A Pool is the memory and the one temporary file that all spools
// share. The file has no name (or loses it as soon as it is made), so nothing
// is left of it however the process ends. It is divided into slots; a slot
// that is given back is used again, so the file grows with what is held, not
// with what has passed. Thousands of hosts cost one descriptor.
type Pool struct {
	dir   string // where the file is made
	limit int64  // bytes of memory for all spools; poolMemory but in tests
	used  int64
	file  *os.File // nil until the first byte goes to disk
	slots int64    // how many the file has
	free  []int64  // those of them that nobody uses
}

// NewPool returns an empty pool, whose file is made in dir when it is needed. The caller must
// call Close after the last use of its spools.
func NewPool(dir string) *Pool { return &Pool{dir: dir, limit: poolMemory} }

// New returns an empty spool of the pool.
func (p *Pool) New() *Spool { return &Spool{pool: p} }

// AppendTo adds b to a spool of the pool, which it makes if there is none yet.
func (p *Pool) AppendTo(s **Spool, b []byte) error {
	if *s == nil {
		*s = p.New()
	}
	return (*s).Append(b)
}

// OnDisk returns how many bytes of the file the spools hold.
func (p *Pool) OnDisk() int64 { return (p.slots - int64(len(p.free))) * slotSize }

// Limit sets how many bytes of memory all spools may hold (32 MiB).
func (p *Pool) Limit(n int64) { p.limit = n }

// Used returns how many bytes of memory the spools hold.
func (p *Pool) Used() int64 { return p.used }

// TempDir returns the directory for temporary files: TMPDIR, else /var/tmp,
// which is on disk where /tmp may be memory (hier(7)), else /tmp.
func TempDir(getenv func(string) string) string {
	if dir := getenv("TMPDIR"); dir != "" {
		return dir
	}
	if st, err := os.Stat("/var/tmp"); err == nil && st.IsDir() {
		return "/var/tmp"
	}
	return "/tmp"
}

// grow asks for n more bytes of memory.
func (p *Pool) grow(n int64) bool {
	if p.used+n > p.limit {
		return false
	}
	p.used += n
	return true
}

// slot returns a part of the file that nobody uses.
func (p *Pool) slot() (int64, error) {
	if p.file == nil {
		f, err := File(p.dir)
		if err != nil {
			return 0, fmt.Errorf("make a temporary file in %s for output that waits: %w"+TempHint, p.dir, cause(err))
		}
		p.file = f
	}
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		return s, nil
	}
	p.slots++
	return p.slots - 1, nil
}

// Close gives the file's space back. Spools must not be used any more.
func (p *Pool) Close() error {
	if p.file == nil {
		return nil
	}
	f := p.file
	p.file = nil
	return f.Close()
}

// A Spool holds bytes in their order: in memory first, past the limits in the pool's file.
type Spool struct {
	pool  *Pool
	mem   []byte
	slots []int64 // in the file; once there are any, mem is empty
	size  int64
	last  byte // the last one written
}

// Append adds b at the end.
func (s *Spool) Append(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	s.last = b[len(b)-1]
	if len(s.slots) == 0 && s.keep(b) {
		s.size += int64(len(b))
		return nil
	}
	if len(s.slots) == 0 && len(s.mem) > 0 {
		mem := s.mem
		s.size = 0
		if err := s.append(mem); err != nil {
			return err
		}
		s.dropMemory()
	}
	return s.append(b)
}

// keep adds b to the memory if the limits allow it.
func (s *Spool) keep(b []byte) bool {
	need := len(s.mem) + len(b)
	if need > MaxMemory {
		return false
	}
	if need > cap(s.mem) {
		size := min(max(need, 2*cap(s.mem), 256), MaxMemory)
		if !s.pool.grow(int64(size - cap(s.mem))) {
			return false
		}
		s.mem = append(make([]byte, 0, size), s.mem...)
	}
	s.mem = append(s.mem, b...)
	return true
}

// append adds b to the part in the file.
func (s *Spool) append(b []byte) error {
	for len(b) > 0 {
		off := s.size % slotSize
		if off == 0 {
			slot, err := s.pool.slot()
			if err != nil {
				return err
			}
			s.slots = append(s.slots, slot)
		}
		n := min(int64(len(b)), slotSize-off)
		at := s.slots[len(s.slots)-1]*slotSize + off
		if _, err := s.pool.file.WriteAt(b[:n], at); err != nil {
			return fmt.Errorf("write a temporary file in %s: %w"+TempHint, s.pool.dir, cause(err))
		}
		s.size += n
		b = b[n:]
	}
	return nil
}

// Collect appends all bytes to dst. The caller bounds them.
func (s *Spool) Collect(dst []byte) ([]byte, error) {
	err := s.Each(func(b []byte) error {
		dst = append(dst, b...)
		return nil
	})
	return dst, err
}

// Each calls fn with the bytes in order, at most 64 KiB at a time. A piece belongs to fn
// until it returns. fn must not use this spool.
func (s *Spool) Each(fn func([]byte) error) error {
	for mem := s.mem; len(mem) > 0; {
		n := min(len(mem), pieceSize)
		if err := fn(mem[:n]); err != nil {
			return err
		}
		mem = mem[n:]
	}
	if len(s.slots) == 0 {
		return nil
	}
	buf := make([]byte, min(pieceSize, s.size))
	for pos := int64(0); pos < s.size; {
		// slotSize is a multiple of pieceSize: a piece lies in one slot.
		n := min(pieceSize, s.size-pos)
		at := s.slots[pos/slotSize]*slotSize + pos%slotSize
		if _, err := s.pool.file.ReadAt(buf[:n], at); err != nil {
			return fmt.Errorf("read a temporary file in %s: %w", s.pool.dir, cause(err))
		}
		if err := fn(buf[:n]); err != nil {
			return err
		}
		pos += n
	}
	return nil
}

// Size returns how many bytes the spool holds.
func (s *Spool) Size() int64 { return s.size }

// Last returns the byte that was added last, of a spool that is not empty.
func (s *Spool) Last() byte { return s.last }

// Reset empties the spool and gives back what it held.
func (s *Spool) Reset() {
	s.dropMemory()
	s.pool.free = append(s.pool.free, s.slots...)
	s.slots = nil
	s.size = 0
}

func (s *Spool) dropMemory() {
	s.pool.used -= int64(cap(s.mem))
	s.mem = nil
}
