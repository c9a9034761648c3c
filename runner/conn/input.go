package conn

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"clsh/runner/files"
	"clsh/runner/spool"
)

// An Input is what comes on standard input, kept for hosts that start later in
// a file without a name, not in memory.
type Input struct {
	source *os.File
	kept   *os.File

	mu   sync.Mutex
	more *sync.Cond
	size int64
	over bool  // no more comes
	err  error // why: io.EOF where it is whole
}

// NewInput returns an Input that reads source while a run is on. The file is
// made in dir. The caller must call Close after the run.
func NewInput(source *os.File, dir string) (*Input, error) {
	kept, err := spool.File(dir)
	if err != nil {
		return nil, fmt.Errorf("make a file for the standard input in %s: %w", dir, files.Bare(err))
	}
	in := &Input{source: source, kept: kept}
	in.more = sync.NewCond(&in.mu)
	return in, nil
}

// Close gives the file back.
func (in *Input) Close() error { return in.kept.Close() }

// Err returns what was wrong with reading or keeping the input, after the run.
func (in *Input) Err() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if errors.Is(in.err, io.EOF) {
		return nil
	}
	return in.err
}

// Fill reads the source to its end, or until done is closed. It reports whether nothing went
// wrong.
func (in *Input) Fill(done <-chan struct{}) bool {
	err := in.copy(done)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.over, in.err = true, err
	in.more.Broadcast()
	return err == nil || errors.Is(err, io.EOF)
}

func (in *Input) copy(done <-chan struct{}) error {
	// A read of a terminal or a pipe that others share cannot be called
	// back; poll(2) on it and on a pipe of our own can.
	wake, waker, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	defer wake.Close()
	var wg sync.WaitGroup
	over := make(chan struct{})
	wg.Go(func() {
		defer waker.Close()
		select {
		case <-done:
		case <-over:
		}
	})
	defer wg.Wait()
	defer close(over)
	buf := make([]byte, bufferSize)
	for {
		fds := []unix.PollFd{{Fd: int32(in.source.Fd()), Events: unix.POLLIN}, {Fd: int32(wake.Fd()), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return fmt.Errorf("wait for standard input: %w", err)
		}
		if fds[1].Revents != 0 {
			return nil
		}
		if fds[0].Revents == 0 {
			continue
		}
		n, err := in.source.Read(buf)
		if n > 0 {
			if err := in.keep(buf[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return err
		} else if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
	}
}

func (in *Input) keep(p []byte) error {
	in.mu.Lock()
	at := in.size
	in.mu.Unlock()
	if _, err := in.kept.WriteAt(p, at); err != nil {
		return fmt.Errorf("keep the standard input for later hosts: %w", err)
	}
	in.mu.Lock()
	in.size += int64(len(p))
	in.mu.Unlock()
	in.more.Broadcast()
	return nil
}

// beyond waits until there is something after offset, and returns how much is
// there in all; not more than offset: the input is over, or e is.
func (in *Input) beyond(offset int64, e *Stdin) int64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.size <= offset && !in.over && !e.gone {
		in.more.Wait()
	}
	if e.gone {
		return offset
	}
	return in.size
}

// feed writes the input to e, framed unless that is raw, until its end or until e wants
// no more. It reports whether it was written whole. After an error the last frame is
// not.
func (in *Input) feed(e *Stdin) (whole bool, err error) {
	var offset int64
	for {
		size := in.beyond(offset, e) - offset
		if size <= 0 {
			return in.whole(e), nil
		}
		if size, err = e.header(size); size == 0 {
			return false, err
		}
		if err := writePiece(e.file, in.kept, offset, size); err != nil {
			return false, err
		}
		offset += size
	}
}

// whole reports whether the input was read to its end, and e wants it.
func (in *Input) whole(e *Stdin) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return errors.Is(in.err, io.EOF) && !e.gone
}

// leave makes feed return that waits for more on behalf of e.
func (in *Input) leave(e *Stdin) {
	in.mu.Lock()
	defer in.mu.Unlock()
	e.gone = true
	in.more.Broadcast()
}
