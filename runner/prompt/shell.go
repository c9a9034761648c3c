package prompt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/conn"
	"clsh/runner/event"
	"clsh/runner/sanitize"
	"clsh/runner/shells"
	"clsh/runner/sink"
)

// Config is an interactive session.
type Config struct {
	// Shells says which hosts there are and how they are reached; its Sink is set here.
	Shells shells.Options
	// KeepGoing sets a lost host aside instead of ending the session.
	KeepGoing bool
	// Timeout is the first limit of a command; 0: none.
	Timeout time.Duration
	// Show says how results are shown; Names, Stdout and Stderr are set here.
	Show sink.Config
	// Resolve returns the hosts of a LIST.
	Resolve func(ctx context.Context, list string) (hosts.List, error)
	// Known returns the hosts and the groups, with their @, that a LIST can
	// name.
	Known func(ctx context.Context) (names, groups []string)

	Stdin          *os.File
	Stdout, Stderr io.Writer
	// Terminal: lines are edited, on the terminal that Stdin and Stdout are.
	Terminal bool
	// Echo shows the lines that were read: they come from no terminal.
	Echo bool
	// Login, not nil, runs each line in a login of its own, as this run: no directory or
	// variable stays, and no host is set aside. Only quit leaves.
	Login *runner.Config
	Size  func() (rows, cols int)
	// Signals delivers signals to clsh.
	Signals <-chan os.Signal
	// History is the path of the history file; empty: none.
	History string
	// Environ is the environment of local commands, Shell the user's shell,
	// Home their home directory.
	Environ     []string
	Shell, Home string
}

// A session is an interactive session that runs. Its fields belong to the
// goroutine of Run.
type session struct {
	cfg     Config
	shells  sessions
	list    hosts.List
	aside   []bool // lost and told, or dropped
	only    []int  // nil: all
	gather  bool
	timeout time.Duration

	tty     *terminal // nil: none
	keys    *keys
	reader  lineReader
	screen  *screen
	out     keeper
	between *between
	kept    *results

	opened  []shells.Reopened // and not told yet
	stopKey chan struct{}     // ^C while something runs
	ended   syscall.Signal
	lost    bool // a lost host ends the session
}

// Run runs an interactive session to its end and returns clsh's exit status.
func Run(cfg Config) (code int, err error) {
	s := &session{cfg: cfg, list: cfg.Shells.Hosts, aside: make([]bool, len(cfg.Shells.Hosts)),
		gather: cfg.Show.Gather || cfg.Show.GatherBoth, timeout: cfg.Timeout, stopKey: make(chan struct{}, 1)}
	if err := s.fits(len(s.list)); err != nil {
		return event.CodeUsage, err
	}
	if err := s.open(); err != nil {
		return event.CodeOutput, errors.Join(err, s.close())
	}
	err = s.loop()
	if errors.Is(err, errBlocked) {
		if s.tty != nil {
			err = errors.Join(err, s.tty.restore())
		}
		return 128 + int(syscall.SIGKILL), err // the sinks are still at work
	}
	if closeErr := s.close(); err == nil {
		err = closeErr
	}
	if errors.Is(err, sink.ErrReaderGone) && s.signaledToo() {
		err = nil
	}
	switch {
	case s.ended != 0:
		return 128 + int(s.ended), err
	case s.lost:
		return event.CodeLost, err
	case err != nil:
		return event.CodeOutput, err
	}
	return 0, nil
}

// sameSignal is how much later than the reader of our output we may get the signal
// that the terminal sends to both.
const sameSignal = 200 * time.Millisecond

// signaledToo tells whether the reader of our output, which is gone, was ended by a
// signal that has come here as well.
func (s *session) signaledToo() bool {
	if s.ended == 0 {
		late := time.NewTimer(sameSignal)
		defer late.Stop()
		select {
		case sig := <-s.cfg.Signals:
			if number, ok := sig.(syscall.Signal); ok && number != syscall.SIGUSR1 {
				s.ended = number
			}
		case <-late.C:
		}
	}
	return s.ended != 0
}

// fits tells whether so many sessions can be open.
func (s *session) fits(n int) error {
	if most := conn.MaxFanout(); n > most {
		return fmt.Errorf("%d hosts at once need more open files than this process may have (ulimit -n): at most %d", n, most)
	}
	return nil
}

// open opens the sessions and the terminal.
func (s *session) open() (err error) {
	s.kept = &results{dir: s.cfg.Shells.TempDir}
	s.screen = &screen{direct: s.cfg.Stdout, kept: s.kept}
	s.out = keeper{s.screen}
	s.cfg.Show.Names = s.list.Names()
	s.between = &between{}
	if err := s.renew(); err != nil {
		return err
	}
	s.cfg.Shells.Sink = s.between
	if s.shells, err = openSessions(s.cfg); err != nil {
		return err
	}
	if s.keys, err = newKeys(s.cfg.Stdin, s.cfg.Terminal, s.pressed); err != nil {
		return err
	}
	if !s.cfg.Terminal {
		s.reader = &plainReader{in: bufio.NewReader(s.keys), out: s.screen, echo: s.cfg.Echo}
		return nil
	}
	if s.tty, err = openTerminal(s.cfg.Stdin); err != nil {
		return err
	}
	e, err := newEditor(&s.cfg, s.tty, s.keys, &completer{s})
	if err != nil {
		return err
	}
	s.reader = e
	s.screen.via(e.rl.Stdout())
	return nil
}

// close takes back what open has opened.
func (s *session) close() error {
	var errs []error
	if s.reader != nil {
		errs = append(errs, s.reader.Close())
	}
	s.screen.via(nil)
	if s.keys != nil {
		errs = append(errs, s.keys.Close())
	}
	if s.shells != nil {
		s.shells.Beside(func() { s.between.over = true })
		errs = append(errs, s.shells.Close())
	}
	return errors.Join(append(errs, s.between.Close(nil), s.kept.Close())...)
}

// pressed acts on a key while something runs.
func (s *session) pressed(key byte) {
	switch e, edited := s.reader.(*editor); {
	case key == keySuspend && edited:
		e.suspend()
	case key == keyInterrupt:
		select {
		case s.stopKey <- struct{}{}:
		default:
		}
	case key == keyQuit:
		// As the terminal would, to this process alone.
		_ = syscall.Kill(os.Getpid(), syscall.SIGQUIT)
	}
}

// line is a line that was read.
type line struct {
	text string
	err  error
}

// loop reads lines and does them, until the end.
func (s *session) loop() error {
	_, err := fmt.Fprintf(s.screen, "Enter 'quit' to leave this interactive mode\nWorking with nodes: %s\n", strings.Join(s.list.Names(), ", "))
	if err != nil {
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
	err = s.lines(wanted, lines)
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
		s.drainKey()
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
		if err := s.colon(trimmed[1:]); err != nil {
			var own ownError
			if !errors.As(err, &own) {
				return false, err
			}
			return false, s.tell("%s", own.Error())
		}
		return false, nil
	}
	return false, s.command(text, s.targets())
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

// drainKey forgets a ^C of before.
func (s *session) drainKey() {
	select {
	case <-s.stopKey:
	default:
	}
}
