package prompt

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/prompt/input"
)

// maxNodes is the largest number of hosts that are named one by one on a terminal.
const maxNodes = 8

// greet prints the two lines that the Python clsh begins with.
func (s *session) greet() error {
	names := s.list.Names()
	nodes := strings.Join(names, ", ")
	if s.cfg.Terminal && !s.cfg.Show.Compat && len(names) > maxNodes {
		nodes = fmt.Sprintf("%s (%d)", hosts.Fold(names), len(names))
	}
	_, err := fmt.Fprintf(s.screen, "Enter 'quit' to leave this interactive mode\nWorking with nodes: %s\n", nodes)
	return err
}

// A line is what ReadLine returned.
type line struct {
	text string
	err  error
}

// loop reads lines and runs them, until the end of the session.
func (s *session) loop() error {
	if err := s.greet(); err != nil {
		return bare(err)
	}
	wanted, lines := make(chan struct{}), make(chan line, 1)
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		for range wanted {
			text, err := s.input.ReadLine()
			lines <- line{text, err}
		}
	}()
	err := s.lines(wanted, lines)
	close(wanted)
	if !errors.Is(err, errBlocked) { // ReadLine may be waiting for a terminal that takes nothing
		<-reading
	}
	return err
}

// lines runs the lines that it receives; it asks for each through wanted.
func (s *session) lines(wanted chan<- struct{}, lines <-chan line) error {
	for {
		s.input.StartLine()
		wanted <- struct{}{}
		l, err := s.await(lines)
		var long input.TooLong
		switch {
		case err != nil || s.ended != 0:
			return err
		case errors.Is(l.err, input.ErrGivenUp):
			continue
		case errors.Is(l.err, io.EOF):
			return nil
		case errors.As(l.err, &long):
			if err := s.printLine("%s", long); err != nil {
				return err
			}
			continue
		case l.err != nil:
			return bare(l.err)
		}
		s.drainKeys()
		s.input.StartCommand()
		err = s.do(l.text)
		if errors.Is(err, errLeave) {
			return nil
		}
		if err != nil || s.lost || s.ended != 0 {
			return err
		}
	}
}

// await waits for a line. A signal ends the session: ReadLine then has blockedEnd to return,
// and after a second signal no time at all.
func (s *session) await(lines <-chan line) (line, error) {
	var late <-chan time.Time
	for {
		select {
		case l := <-lines:
			return l, nil
		case sig := <-s.cfg.Signals:
			number, _ := sig.(syscall.Signal)
			if number == syscall.SIGUSR1 {
				_ = s.states()
				continue
			}
			if s.ended != 0 {
				return line{}, errBlocked
			}
			s.ended = number
			s.input.Stop()
			late = time.After(blockedEnd)
		case <-late:
			return line{}, errBlocked
		}
	}
}

// do runs one line. It returns errLeave where the line ends the session.
func (s *session) do(text string) error {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return nil
	case trimmed == "quit" || trimmed == "exit" && s.cfg.Login == nil:
		return errLeave
	case strings.HasPrefix(trimmed, "!"):
		return s.local(trimmed[1:])
	case isColon(trimmed):
		err := s.colon(trimmed[1:])
		if own, ok := errors.AsType[ownError](err); ok {
			return s.printLine("%s", own.Error())
		}
		return err
	}
	return s.command(text, s.targets())
}
