package checker

import "syscall"

// pipeBound is the most that a pipe holds (pipe(7), pipe-max-size): more than
// this cannot have been written before the check ended.
const pipeBound = 1 << 20

// A capture reads one stream of one check after the other and keeps the
// beginning of each. Its memory is bounded and used again.
type capture struct {
	keep    int
	out     Output
	scratch []byte
}

func newCapture(keep int) *capture { return &capture{keep: keep, scratch: make([]byte, 32<<10)} }

func (c *capture) reset() { c.out = Output{Data: c.out.Data[:0]} }

func (c *capture) take(b []byte) {
	n := min(len(b), c.keep-len(c.out.Data))
	c.out.Data = append(c.out.Data, b[:n]...)
	c.out.Dropped += int64(len(b) - n)
}

// takeFrom takes what is in the pipe fd, which is non-blocking, now; open is
// false at its end. It does not wait for an end that a grandchild may hold open
// for ever, nor does it follow one that writes without pause.
func (c *capture) takeFrom(fd int) (open bool) {
	for left := pipeBound; left > 0; {
		n, err := syscall.Read(fd, c.scratch)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return true
		case err != nil || n <= 0:
			return false
		}
		c.take(c.scratch[:n])
		left -= n
	}
	return true
}
