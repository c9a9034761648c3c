package askpass

import (
	"context"
	"encoding/json"
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
	cancel   context.CancelFunc // ends the questions
	wg       sync.WaitGroup
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
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{listener: listener, answer: answer, cancel: cancel}
	s.wg.Go(func() { s.serve(ctx) })
	return s, nil
}

// Program returns the path that ssh finds in SSH_ASKPASS.
func Program(dir string) string { return filepath.Join(dir, Name) }

func (s *Server) serve(ctx context.Context) {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // Close
		}
		s.wg.Go(func() { s.reply(ctx, conn) })
	}
}

// reply answers one question. One that is refused stays open until Close.
func (s *Server) reply(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	var q Question
	if err := json.NewDecoder(io.LimitReader(conn, 64<<10)).Decode(&q); err == nil {
		switch r := s.answer(q); {
		case r.Refused:
			<-ctx.Done()
		case r.Known:
			_, _ = conn.Write(append([]byte{answered}, r.Word...)) // an ssh that is gone reads nothing
		default:
			_, _ = conn.Write([]byte{unknown})
		}
	}
}

// Close ends all questions and waits for their end. The callers of answer must have been canceled.
func (s *Server) Close() error {
	s.cancel()
	err := s.listener.Close()
	s.wg.Wait()
	return err
}
