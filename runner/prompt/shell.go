package prompt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/conn"
	"clsh/runner/event"
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
	console *sink.Console
	screen  *screen
	out     keeper
	between *between
	kept    *results

	opened  []shells.Reopened // and not told yet
	stopKey chan struct{}     // ^C while something runs
	asked   chan struct{}     // for the states, while a command runs
	pulsing bool              // asked is heard
	ended   syscall.Signal
	lost    bool // a lost host ends the session
}

// Run runs an interactive session to its end and returns clsh's exit status.
func Run(cfg Config) (code int, err error) {
	s := &session{cfg: cfg, list: cfg.Shells.Hosts, aside: make([]bool, len(cfg.Shells.Hosts)),
		gather: cfg.Show.Gather || cfg.Show.GatherBoth, timeout: cfg.Timeout, stopKey: make(chan struct{}, 1), asked: make(chan struct{}, 1)}
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
	s.console = sink.NewConsole(s.cfg.Stdout, s.cfg.Show.Width)
	s.screen = &screen{direct: s.console.Writer(), kept: s.kept}
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
		s.reader = &plainReader{in: bufio.NewReader(s.keys), out: s.screen}
		return nil
	}
	if s.tty, err = openTerminal(s.cfg.Stdin); err != nil {
		return err
	}
	e, err := newEditor(&s.cfg, s.tty, s.keys, s.console.Writer(), &completer{s: s})
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
		_ = s.console.Lend(e.suspend)
	case key == keyInterrupt:
		wake(s.stopKey)
	case key == keyReturn:
		wake(s.asked)
	case key == keyQuit:
		// As the terminal would, to this process alone.
		_ = syscall.Kill(os.Getpid(), syscall.SIGQUIT)
	}
}
