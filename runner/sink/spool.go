package sink

import (
	"fmt"
	"os"
)

// Limits of what is held for hosts. Past either of the first two, bytes go to
// the pool's file.
const (
	spoolMemory = 1 << 20  // bytes of one spool in memory
	poolMemory  = 32 << 20 // bytes of all spools of a run in memory
	slotSize    = 1 << 18  // bytes of the file that a spool takes at a time
	pieceSize   = 64 << 10 // bytes handed on at a time when reading back
)

// A pool is the memory and the one temporary file that all spools of a run
// share. The file has no name (or loses it as soon as it is made), so nothing
// is left of it however the process ends. It is divided into slots; a slot
// that is given back is used again, so the file grows with what is held, not
// with what has passed. Thousands of hosts cost one descriptor.
type pool struct {
	dir   string // where the file is made
	limit int64  // bytes of memory for all spools; poolMemory but in tests
	used  int64
	file  *os.File // nil until the first byte goes to disk
	slots int64    // how many the file has
	free  []int64  // those of them that nobody uses
}

func newPool(dir string) *pool {
	return &pool{dir: dir, limit: poolMemory}
}

// tempDir returns the directory for temporary files: TMPDIR, else /var/tmp,
// which is on disk where /tmp may be memory (hier(7)), else /tmp.
func tempDir(getenv func(string) string) string {
	if dir := getenv("TMPDIR"); dir != "" {
		return dir
	}
	if st, err := os.Stat("/var/tmp"); err == nil && st.IsDir() {
		return "/var/tmp"
	}
	return "/tmp"
}

// grow asks for n more bytes of memory.
func (p *pool) grow(n int64) bool {
	if p.used+n > p.limit {
		return false
	}
	p.used += n
	return true
}

// slot returns a part of the file that nobody uses.
func (p *pool) slot() (int64, error) {
	if p.file == nil {
		f, err := unnamedFile(p.dir)
		if err != nil {
			return 0, fmt.Errorf("make a temporary file in %s for output that waits: %w (TMPDIR names another place)", p.dir, bare(err))
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
func (p *pool) Close() error {
	if p.file == nil {
		return nil
	}
	f := p.file
	p.file = nil
	return f.Close()
}

// A spool holds bytes in their order: in memory first, past the limits in the
// pool's file. The zero value with a pool is empty and ready.
type spool struct {
	pool  *pool
	mem   []byte
	slots []int64 // in the file; once there are any, mem is empty
	size  int64
	last  byte // the last one written
}

// write adds b at the end.
func (s *spool) write(b []byte) error {
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
func (s *spool) keep(b []byte) bool {
	need := len(s.mem) + len(b)
	if need > spoolMemory {
		return false
	}
	if need > cap(s.mem) {
		size := min(max(need, 2*cap(s.mem), 256), spoolMemory)
		if !s.pool.grow(int64(size - cap(s.mem))) {
			return false
		}
		s.mem = append(make([]byte, 0, size), s.mem...)
	}
	s.mem = append(s.mem, b...)
	return true
}

// append adds b to the part in the file.
func (s *spool) append(b []byte) error {
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
			return fmt.Errorf("write a temporary file in %s: %w (TMPDIR names another place)", s.pool.dir, bare(err))
		}
		s.size += n
		b = b[n:]
	}
	return nil
}

// collect returns all bytes at once, for those who bound them.
func (s *spool) collect(dst []byte) ([]byte, error) {
	err := s.each(func(b []byte) error {
		dst = append(dst, b...)
		return nil
	})
	return dst, err
}

// each calls fn with the bytes, in order, a piece of at most pieceSize at a
// time; a piece is fn's until it returns. fn must leave this spool alone.
func (s *spool) each(fn func([]byte) error) error {
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
			return fmt.Errorf("read a temporary file in %s: %w", s.pool.dir, bare(err))
		}
		if err := fn(buf[:n]); err != nil {
			return err
		}
		pos += n
	}
	return nil
}

// reset empties the spool and gives back what it held.
func (s *spool) reset() {
	s.dropMemory()
	s.pool.free = append(s.pool.free, s.slots...)
	s.slots = nil
	s.size = 0
}

func (s *spool) dropMemory() {
	s.pool.used -= int64(cap(s.mem))
	s.mem = nil
}
