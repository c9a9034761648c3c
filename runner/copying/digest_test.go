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
