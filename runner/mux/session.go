package mux

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// patience is how long a master may take to let a client in, and to take what it
// is sent. Both are the kernel's work, unless very many want in.
const patience = time.Second

// A Session is a command on the connection of a master. Its methods may be called
// from several goroutines.
type Session struct {
	conn   *net.UnixConn
	exited chan struct{}

	// For who has seen exited closed.
	opened bool
	told   bool // code is
	code   int
}

// Open asks the master that listens at socket to run command on its host, with
// the streams as its standard input, output and error, and without waiting for an
// answer. The streams are the caller's to close in any case; the caller must see
// the session's end.
func Open(socket, command string, environ []string, streams [3]*os.File) (*Session, error) {
	c, err := net.DialTimeout("unix", socket, patience)
	if err != nil {
		return nil, fmt.Errorf("ask the master of a connection: %w", err)
	}
	conn := c.(*net.UnixConn)
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
		n, m, err := m.take() // of a greeting the version, else the request or the session
		if err != nil {
			return
		}
		switch kind {
		case hello:
			if n != version {
				return
			}
		case sessionOpened:
			s.opened = true
		case exitMessage:
			code, _, err := m.take()
			if err != nil {
				return
			}
			s.code, s.told = int(code), true
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

// Code returns the exit status of the command after its end; told is false where
// the master has not said it.
func (s *Session) Code() (code int, told bool) {
	<-s.exited
	return s.code, s.told
}
