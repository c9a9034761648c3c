package prompt

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/sanitize"
	"clsh/runner/sink"
)

// Reading lines and doing them.

// maxNodes is how many hosts a terminal names one by one.
const maxNodes = 8

// greet writes the two lines of the Python clsh.
func (s *session) greet() error {
	names := s.list.Names()
	nodes := strings.Join(names, ", ")
	if s.cfg.Terminal && !s.cfg.Show.Compat && len(names) > maxNodes {
		nodes = fmt.Sprintf("%s (%d)", hosts.Fold(names), len(names))
	}
	_, err := fmt.Fprintf(s.screen, "Enter 'quit' to leave this interactive mode\nWorking with nodes: %s\n", nodes)
	return err
}

// line is a line that was read.
type line struct {
	text string
	err  error
}

// loop reads lines and does them, until the end.
func (s *session) loop() error {
	if err := s.greet(); err != nil {
		return bare(err)
	}
	wanted, lines := make(chan struct{}), make(chan line, 1)
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		for range wanted {
			text, err := s.reader.ReadLine()
			lines <- line{text, err}
		}
	}()
	err := s.lines(wanted, lines)
	close(wanted)
	if !errors.Is(err, errBlocked) { // the terminal takes nothing, and ReadLine waits for it
		<-reading
	}
	return err
}

// lines does the lines that are read; each is asked for by wanted.
func (s *session) lines(wanted chan<- struct{}, lines <-chan line) error {
	for {
		s.keys.setMode(typing)
		wanted <- struct{}{}
		l, err := s.await(lines)
		var own ownError
		switch {
		case err != nil || s.ended != 0:
			return err
		case errors.Is(l.err, errAgain):
			continue
		case errors.Is(l.err, io.EOF):
			return nil
		case errors.As(l.err, &own):
			if err := s.tell("%s", own.Error()); err != nil {
				return err
			}
			continue
		case l.err != nil:
			return bare(l.err)
		}
		s.drainKeys()
		s.keys.setMode(running)
		leave, err := s.do(l.text)
		if err != nil || leave || s.lost || s.ended != 0 {
			return err
		}
	}
}

// await waits for a line. A signal ends the waiting, and the session: the reader has
// blockedEnd to return then, and with a second signal no time at all.
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
			s.keys.stop()
			late = time.After(blockedEnd)
		case <-late:
			return line{}, errBlocked
		}
	}
}

// do does one line. leave: the session is over.
func (s *session) do(text string) (leave bool, err error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return false, nil
	case trimmed == "quit" || trimmed == "exit" && s.cfg.Login == nil:
		return true, nil
	case strings.HasPrefix(trimmed, "!"):
		return false, s.local(trimmed[1:])
	case isColon(trimmed):
		return s.doColon(trimmed[1:])
	}
	return false, s.command(text, s.targets())
}

// doColon does a line of ours, without its colon.
func (s *session) doColon(text string) (leave bool, err error) {
	err = s.colon(text)
	if own := ownError(""); errors.As(err, &own) {
		err = s.tell("%s", own.Error())
	}
	if errors.Is(err, errLeave) {
		return true, nil
	}
	return false, err
}

// tell prints a line of our own.
func (s *session) tell(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if s.cfg.Show.StdoutTerminal {
		text = sanitize.Text(text) // a group's source may have a say in it
	}
	_, err := io.WriteString(s.screen, text+"\n")
	return bare(err)
}

// bare makes the error of a reader that has gone the one that is known for it.
func bare(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return sink.ErrReaderGone
	}
	return err
}

// wake sends on c, which has room for one.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// drainKeys forgets a ^C and a Return of before.
func (s *session) drainKeys() {
	for _, c := range []chan struct{}{s.stopKey, s.asked} {
		select {
		case <-c:
		default:
		}
	}
}
