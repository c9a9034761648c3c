package askpass

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
)

// A Question is one that an ssh asks.
type Question struct {
	Prompt string
	Parent int // the ssh that asks
	Group  int // its process group
}

// A Reply says what becomes of a question.
type Reply struct {
	// Word is the answer where Known is set. Otherwise ssh goes on without one, unless Refused
	// holds it: the run ends it then.
	Word           []byte
	Known, Refused bool
}

// The first byte of what the program reads.
const (
	answered = 'w'
	unknown  = 'n'
)

// A Server answers the questions of a run.
type Server struct {
	listener *net.UnixListener
	answer   func(Question) Reply
	done     chan struct{}

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil: Close was called
	wg    sync.WaitGroup
}

// Listen makes the program and its socket in dir, which is private. executable is this program.
// Questions go to answer, several at a time, until Close.
func Listen(dir, executable string, answer func(Question) Reply) (*Server, error) {
	if err := os.Symlink(executable, Program(dir)); err != nil {
		return nil, fmt.Errorf("make the program that answers ssh: %w", err)
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socketName), Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("make a socket in %s: %w\nhint: set TMPDIR to a short path", dir, err)
	}
	s := &Server{listener: listener, answer: answer, done: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	s.wg.Go(s.serve)
	return s, nil
}

// Program returns the path that ssh finds in SSH_ASKPASS.
func Program(dir string) string { return filepath.Join(dir, Name) }

func (s *Server) serve() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // Close
		}
		s.mu.Lock()
		if s.conns == nil {
			s.mu.Unlock()
			_ = conn.Close()
			return
		}
		s.conns[conn] = struct{}{}
		s.mu.Unlock()
		s.wg.Go(func() { s.reply(conn) })
	}
}

// reply answers one question. One that is refused stays open until Close.
func (s *Server) reply(conn net.Conn) {
	var q Question
	if err := json.NewDecoder(io.LimitReader(conn, 64<<10)).Decode(&q); err == nil {
		switch r := s.answer(q); {
		case r.Refused:
			<-s.done
		case r.Known:
			_, _ = conn.Write(append([]byte{answered}, r.Word...)) // an ssh that is gone reads nothing
		default:
			_, _ = conn.Write([]byte{unknown})
		}
	}
	_ = conn.Close()
	s.mu.Lock()
	delete(s.conns, conn)
	s.mu.Unlock()
}

// Close ends all questions and waits for their end. The callers of answer must have been canceled.
func (s *Server) Close() error {
	close(s.done)
	err := s.listener.Close()
	s.mu.Lock()
	conns := s.conns
	s.conns = nil
	s.mu.Unlock()
	var errs []error
	for conn := range conns {
		if closed := conn.Close(); closed != nil && !errors.Is(closed, net.ErrClosed) {
			errs = append(errs, closed)
		}
	}
	s.wg.Wait()
	return errors.Join(append(errs, err)...)
}
