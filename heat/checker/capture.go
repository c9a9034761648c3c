package checker

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

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

// read reads f until its end, or until its deadline is set into the past.
func (c *capture) read(f *os.File) {
	for {
		n, err := f.Read(c.scratch)
		c.take(c.scratch[:n])
		if err != nil {
			return
		}
	}
}

// drain takes what is in the pipe now. It does not wait for an end that a
// grandchild may hold open for ever.
func (c *capture) drain(f *os.File) {
	if f.SetReadDeadline(time.Time{}) != nil {
		return
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Read(func(fd uintptr) bool {
		for left := pipeBound; left > 0; {
			n, err := syscall.Read(int(fd), c.scratch)
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			if err != nil || n <= 0 {
				break
			}
			c.take(c.scratch[:n])
			left -= n
		}
		return true
	})
}

// streams are the pipes of one check and those who read them.
type streams struct {
	captures [2]*capture
	r, w     [2]*os.File
	readers  sync.WaitGroup
}

// openStreams makes the two pipes. The caller calls began or abandon.
func openStreams(captures [2]*capture) (*streams, error) {
	s := &streams{captures: captures}
	for i := range s.r {
		captures[i].reset()
		var err error
		if s.r[i], s.w[i], err = os.Pipe(); err != nil {
			s.abandon()
			return nil, fmt.Errorf("make a pipe for the check's output: %w", err)
		}
		// os.Pipe makes both ends non-blocking; a check would not expect it.
		if err := syscall.SetNonblock(int(s.w[i].Fd()), false); err != nil {
			s.abandon()
			return nil, fmt.Errorf("make a pipe for the check's output blocking: %w", err)
		}
	}
	return s, nil
}

func (s *streams) abandon() {
	for i := range s.r {
		for _, f := range []*os.File{s.r[i], s.w[i]} {
			if f != nil {
				f.Close()
			}
		}
	}
}

// began says that the check has the writing ends; reading begins.
func (s *streams) began() {
	for i := range s.r {
		s.w[i].Close()
		s.readers.Go(func() { s.captures[i].read(s.r[i]) })
	}
}

// ended says that the check is over, takes what it left in the pipes, and
// closes them.
func (s *streams) ended(rep *Report) {
	for _, r := range s.r {
		_ = r.SetReadDeadline(time.Unix(1, 0))
	}
	s.readers.Wait()
	for i, r := range s.r {
		s.captures[i].drain(r)
		r.Close()
	}
	rep.Stdout, rep.Stderr = s.captures[0].out, s.captures[1].out
}
