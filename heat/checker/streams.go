package checker

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// streams are the pipes of a check that runs without the helper, and those who
// read them.
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
	for i, r := range s.r {
		s.w[i].Close()
		s.readers.Go(func() { s.captures[i].read(r) })
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

// drain takes what is in f now.
func (c *capture) drain(f *os.File) {
	if f.SetReadDeadline(time.Time{}) != nil {
		return
	}
	if conn, err := f.SyscallConn(); err == nil {
		_ = conn.Read(func(fd uintptr) bool { c.takeFrom(int(fd)); return true })
	}
}
