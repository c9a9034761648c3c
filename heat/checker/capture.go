package checker

// pipeBound is the most that a pipe holds (pipe(7), pipe-max-size): more than
// this cannot have been written before the check ended.
const pipeBound = 1 << 20

// A capture reads one stream of one check after the other and keeps the
// beginning of each. Its memory is bounded and used again.
type capture struct {
	keep    int
	also    func([]byte) // gets all that is read
	out     Output
	scratch []byte
}

func newCapture(keep int, also func([]byte)) *capture {
	return &capture{keep: keep, also: also, scratch: make([]byte, 32<<10)}
}

func (c *capture) reset() { c.out = Output{Data: c.out.Data[:0]} }

func (c *capture) take(b []byte) {
	n := min(len(b), c.keep-len(c.out.Data))
	c.out.Data = append(c.out.Data, b[:n]...)
	c.out.Dropped += int64(len(b) - n)
	if len(b) > 0 {
		c.also(b)
	}
}

// takeFrom takes what is in the pipe fd, which is non-blocking, now. It does not
// wait for an end that a grandchild may hold open for ever, nor does it follow
// one that writes without pause.
func (c *capture) takeFrom(fd int) {
	for left := pipeBound; left > 0; {
		n, err := readNow(fd, c.scratch)
		if err != nil || n <= 0 {
			return
		}
		c.take(c.scratch[:n])
		left -= n
	}
}
