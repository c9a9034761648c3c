package copying

import (
	"archive/tar"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// Archives with bytes changed at random, and with right sums of their headers: whatever comes,
// nothing is written outside, nor more than there is room for. Fuzzing finds more by itself, but is
// slow where each input makes files: this runs without instrumentation, with --full for a minute.
func TestUnpackMutations(t *testing.T) {
	t.Parallel()
	seeds := [][]byte{
		archive(t, reg("n"), sym("m", "n")),
		archive(t, tar.Header{Typeflag: tar.TypeDir, Name: "n/"}, reg("n/a"), sym("n/l", "../m"), reg("m")),
		archive(t, tar.Header{Typeflag: tar.TypeDir, Name: "n/"}, tar.Header{Typeflag: tar.TypeLink, Name: "n/h", Linkname: "n/a"}, reg("n/l/x")),
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	most, end := 200, time.Now().Add(time.Minute)
	if sshtest.Full() {
		most = 1 << 30
	}
	for i := 0; i < most && time.Now().Before(end); i++ {
		data := mutate(random, seeds[random.IntN(len(seeds))])
		t.Run(fmt.Sprintf("%x-%d", seed, i), func(t *testing.T) { // so that its directory goes
			checkUnpack(t, data)
			if t.Failed() {
				t.Logf("archive: %q", data)
			}
		})
	}
}

// mutate returns data with some bytes changed, most of them in headers, whose sums are right again.
func mutate(random *rand.Rand, data []byte) []byte {
	const block = 512
	data = slices.Clone(data)
	for range 1 + random.IntN(4) {
		at := random.IntN(len(data)/block) * block
		fields := []int{0, 1, 2, 3, 100, 103, 124, 130, 135, 156, 157, 158, 160, 257, 345} // name, mode, size, type, link, magic, prefix
		values := []byte{0, '/', '.', '0', '1', '2', '5', '7', 'K', 'L', 'S', 'g', 'x', 0x80, 0xff, byte(random.Uint32())}
		data[at+fields[random.IntN(len(fields))]] = values[random.IntN(len(values))]
		header := data[at : at+block]
		copy(header[148:156], "        ")
		sum := 0
		for _, b := range header {
			sum += int(b)
		}
		copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
	}
	return data[:len(data)-random.IntN(2)*random.IntN(len(data))]
}
