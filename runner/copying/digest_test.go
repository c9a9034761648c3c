package copying

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// The CRC is cksum's.
func TestSums(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "cksum")
	for _, data := range [][]byte{nil, []byte("a"), []byte("hello\n"), bytes.Repeat([]byte{0}, 300), bytes.Repeat([]byte("x\xff\n"), 100000)} {
		s := newSummer()
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 777)
			_, _ = s.Write(rest[:n])
			rest = rest[n:]
		}
		sha, crc := s.sums()
		want := sha256.Sum256(data)
		if sha != hex.EncodeToString(want[:]) {
			t.Errorf("%d bytes: sha256 %s", len(data), sha)
		}
		cmd := exec.Command("cksum")
		cmd.Stdin = bytes.NewReader(data)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%d %d", crc, len(data)); strings.TrimSpace(string(out)) != got {
			t.Errorf("cksum of %d bytes: %s, want %s", len(data), got, out)
		}
	}
}

// The zeros of a hole count as if they were written, wherever they are.
func TestZeros(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 1, 7, 8, 65535, 65536, 65537, 1_000_003} {
		for _, before := range []string{"", "x", "something before"} {
			want, got := newSummer(), newSummer()
			for _, s := range []*summer{want, got} {
				_, _ = s.Write([]byte(before))
			}
			_, _ = want.Write(make([]byte, n))
			got.zeros(n)
			for _, s := range []*summer{want, got} {
				_, _ = s.Write([]byte("and behind"))
			}
			wantSHA, wantCRC := want.sums()
			if sha, crc := got.sums(); sha != wantSHA || crc != wantCRC {
				t.Errorf("%d zeros behind %q: %s %d, want %s %d", n, before, sha, crc, wantSHA, wantCRC)
			}
		}
	}
}
