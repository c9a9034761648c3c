package conn

import (
	"io"
	"os"
	"sync"
)

// A Piece is some bytes of a Feed.
type Piece struct {
	From         io.ReaderAt
	Offset, Size int64
	Bare         bool // a line to a stage: in no frame
}

// A Feed is the input of one host's command, which depends on what that host says. Its methods may
// be called at any time.
type Feed struct {
	// Then follows at the end, after a stage when the command has begun; nil: nothing does.
	Then *Input
	// Sent, not nil, is called with the number of bytes that were written, 64 KiB at most, before
	// the next ones are. It may wait, until stop is closed: no more is wanted then.
	Sent func(n int64, stop <-chan struct{})

	// MaxFrame is how many bytes are sent in a frame at most, of which a stop waits for the end; 0: as
	// many as are written in a short time.
	MaxFrame int64

	mu     sync.Mutex
	more   *sync.Cond
	pieces []Piece
	over   bool          // no more comes
	gone   bool          // no more is wanted
	stop   chan struct{} // closed then
}

// NewFeed returns a Feed of pieces.
func NewFeed(pieces ...Piece) *Feed {
	f := &Feed{pieces: pieces, stop: make(chan struct{})}
	f.more = sync.NewCond(&f.mu)
	return f
}

// Send adds pieces.
func (f *Feed) Send(pieces ...Piece) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pieces = append(f.pieces, pieces...)
	f.more.Broadcast()
}

// End says that no more comes.
func (f *Feed) End() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	f.more.Broadcast()
}

func (f *Feed) feed(e *Stdin) (whole bool, err error) {
	for {
		size, bare := f.available()
		if size == 0 {
			break
		}
		if !bare {
			size, err = e.header(size)
		}
		if size == 0 {
			return false, err
		}
		if err := f.write(e.file, size); err != nil {
			return false, err
		}
	}
	f.mu.Lock()
	ended := f.over && !f.gone
	f.mu.Unlock()
	if !ended || f.Then == nil {
		return ended, nil
	}
	if e.again != nil {
		select {
		case <-e.again:
		case <-e.left:
			return false, nil
		}
	}
	return f.Then.feed(e)
}

// available waits until there is something to write, and returns how much of one kind, Piece.Bare or
// not, there is; 0: nothing more comes, or none is wanted.
func (f *Feed) available() (size int64, bare bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.pieces) == 0 && !f.over && !f.gone {
		f.more.Wait()
	}
	if f.gone {
		return 0, false
	}
	for _, p := range f.pieces {
		if p.Bare != f.pieces[0].Bare {
			break
		}
		size, bare = size+p.Size, p.Bare
	}
	if f.MaxFrame > 0 && !bare {
		size = min(size, f.MaxFrame)
	}
	return size, bare
}

// write writes size bytes, which there are.
func (f *Feed) write(w *os.File, size int64) error {
	for size > 0 {
		f.mu.Lock()
		p := f.pieces[0]
		n := min(p.Size, size)
		if f.Sent != nil {
			n = min(n, bufferSize)
		}
		if n == p.Size {
			f.pieces = f.pieces[1:]
		} else {
			f.pieces[0].Offset += n
			f.pieces[0].Size -= n
		}
		f.mu.Unlock()
		if err := writePiece(w, p.From, p.Offset, n); err != nil {
			return err
		}
		if f.Sent != nil {
			f.Sent(n, f.stop)
		}
		size -= n
	}
	return nil
}

// writePiece writes size bytes at offset of from.
func writePiece(w *os.File, from io.ReaderAt, offset, size int64) error {
	moved, err := splice(w, from, offset, size)
	if err != nil || moved == size {
		return err
	}
	_, err = io.CopyN(struct{ io.Writer }{w}, io.NewSectionReader(from, offset+moved, size-moved), size-moved)
	return err
}

func (f *Feed) leave(e *Stdin) {
	if f.Then != nil {
		f.Then.leave(e)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.gone {
		close(f.stop)
	}
	f.gone = true
	f.more.Broadcast()
}
