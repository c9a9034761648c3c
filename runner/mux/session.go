package mux

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// patience is how long a master may take to let a client in, to greet it, and to take
// what it is sent.
const patience = time.Second

// ErrUnusable is the error for a socket where a master listens that does not greet
// its clients, because it was stopped, say, or that is no master.
var ErrUnusable = errors.New("the master of the connection does not answer")

// dial returns a connection to the master that listens at socket, which has greeted.
func dial(socket string) (*net.UnixConn, error) {
	c, err := net.DialTimeout("unix", socket, patience)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.EAGAIN): // its queue is full
		return nil, ErrUnusable
	case err != nil:
		return nil, fmt.Errorf("ask the master of a connection: %w", err)
	}
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if err := greeted(c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c.(*net.UnixConn), c.SetReadDeadline(time.Time{})
}

// greeted reads a master's greeting.
func greeted(c net.Conn) error {
	m, err := read(c)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("wait for the greeting of a master: %w", err) // it is ending
	case err != nil:
		return ErrUnusable
	}
	kind, m, err := m.take()
	if err == nil && kind == hello {
		if n, _, err := m.take(); err == nil && n == version {
			return nil
		}
	}
	return ErrUnusable
}

// Look reports whether a master listens at socket that greets its clients. The error is
// ErrUnusable where one would wait for it in vain, and another where there is none.
func Look(socket string) error {
	c, err := dial(socket)
	if err != nil {
		return err
	}
	return c.Close()
}

// A Session is a command on the connection of a master. Its methods may be called
// from several goroutines.
type Session struct {
	conn   *net.UnixConn
	exited chan struct{}

	// For who has seen exited closed.
	opened bool
	coded  bool // there is a code
	code   int
}

// Open asks the master that listens at socket to run command on its host, with
// the streams as its standard input, output and error, and waits for no more than
// its greeting. The streams are the caller's to close in any case; the caller must see
// the session's end. The error may be ErrUnusable.
func Open(socket, command string, environ []string, streams [3]*os.File) (*Session, error) {
	conn, err := dial(socket)
	if err != nil {
		return nil, err
	}
	if err := send(conn, command, environ, streams); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("ask the master at %s for a session: %w", socket, err)
	}
	s := &Session{conn: conn, exited: make(chan struct{})}
	go func() {
		defer close(s.exited)
		defer conn.Close()
		s.listen()
	}()
	return s, nil
}

// send sends the request, and behind it each stream with a byte of its own.
func send(conn *net.UnixConn, command string, environ []string, streams [3]*os.File) error {
	if err := conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	greeting := message{}.number(hello).number(version).packet()
	if _, err := conn.Write(append(greeting, request(command, environ).packet()...)); err != nil {
		return err
	}
	for _, f := range streams {
		raw, err := f.SyscallConn()
		if err != nil {
			return err
		}
		// Not by Fd, which would make the pipe block.
		var sent error
		err = raw.Control(func(fd uintptr) {
			_, _, sent = conn.WriteMsgUnix([]byte{0}, syscall.UnixRights(int(fd)), nil)
		})
		if err := errors.Join(err, sent); err != nil {
			return err
		}
	}
	return nil
}

// listen reads what the master says until it has ended the session, or is gone.
func (s *Session) listen() {
	for {
		m, err := read(s.conn)
		if err != nil {
			return
		}
		kind, m, err := m.take()
		if err != nil {
			return
		}
		_, m, err = m.take() // the request or the session
		if err != nil {
			return
		}
		switch kind {
		case sessionOpened:
			s.opened = true
		case exitMessage:
			code, _, err := m.take()
			if err != nil {
				return
			}
			s.code, s.coded = int(code), true
		case failure, permissionDenied:
			return
		}
	}
}

// Exited is closed when the session is over.
func (s *Session) Exited() <-chan struct{} { return s.exited }

// Close ends the session: its host sees the end of the connection.
func (s *Session) Close() { _ = s.conn.Close() }

// Declined tells, after its end, that the master has opened no session: it may
// not have more of them (sshd_config(5), MaxSessions), or has ended itself.
func (s *Session) Declined() bool {
	<-s.exited
	return !s.opened
}

// Code returns the exit status of the command after its end; coded is false where
// the master has not said it.
func (s *Session) Code() (code int, coded bool) {
	<-s.exited
	return s.code, s.coded
}
