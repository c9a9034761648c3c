package copying

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"math/bits"
)

// A summer computes what hosts compute of a file: SHA-256, and for those that have nothing better
// the CRC of cksum (POSIX, cksum).
type summer struct {
	sha  hash.Hash
	crc  uint32
	size uint64
	buf  []byte
}

func newSummer() *summer { return &summer{sha: sha256.New()} }

func (s *summer) Write(p []byte) (int, error) {
	_, _ = s.sha.Write(p)
	s.size += uint64(len(p))
	s.update(p)
	return len(p), nil
}

// zeros adds n zero bytes, the hole of a file: as Write does, in half the time.
func (s *summer) zeros(n int64) {
	block := make([]byte, min(n, 64<<10))
	for left := n; left > 0; left -= int64(len(block)) {
		block = block[:min(left, int64(len(block)))]
		_, _ = s.sha.Write(block)
	}
	s.size += uint64(n)
	s.crc = multiply(power(n), s.crc)
}

// power returns x to the power of 8n modulo the polynomial of the CRC: what n zero bytes multiply it
// with. The highest coefficient is in the lowest bit.
func power(n int64) uint32 {
	result, square := uint32(1)<<31, uint32(1)<<23
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = multiply(square, result)
		}
		square = multiply(square, square)
	}
	return result
}

// multiply multiplies modulo the polynomial.
func multiply(a, b uint32) (product uint32) {
	for ; a != 0; a <<= 1 {
		if a>>31 == 1 {
			product ^= b
		}
		if b&1 == 1 {
			b = b>>1 ^ crc32.IEEE
		} else {
			b >>= 1
		}
	}
	return product
}

// update adds p to the CRC. POSIX takes the bits of a byte from the other end than hash/crc32, and
// does not complement the register at the start.
func (s *summer) update(p []byte) {
	if len(s.buf) < len(p) {
		s.buf = make([]byte, len(p))
	}
	buf := s.buf[:len(p)]
	i := 0
	for ; i+8 <= len(p); i += 8 {
		// The bits of each byte: those of all eight, and then the bytes, turned round.
		word := bits.ReverseBytes64(bits.Reverse64(binary.LittleEndian.Uint64(p[i:])))
		binary.LittleEndian.PutUint64(buf[i:], word)
	}
	for ; i < len(p); i++ {
		buf[i] = bits.Reverse8(p[i])
	}
	s.crc = ^crc32.Update(^s.crc, crc32.IEEETable, buf)
}

// sums returns the SHA-256 in hexadecimal and the CRC.
func (s *summer) sums() (sha string, crc uint32) {
	sha = hex.EncodeToString(s.sha.Sum(nil))
	for n := s.size; n > 0; n >>= 8 {
		s.update([]byte{byte(n)})
	}
	return sha, ^bits.Reverse32(s.crc)
}
