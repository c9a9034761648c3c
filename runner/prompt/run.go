package prompt

import (
	"errors"
	"os"
	"syscall"
	"time"

	"clsh/runner/event"
	"clsh/runner/prompt/input"
	"clsh/runner/sink"
	"clsh/runner/sink/terminal"
)

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
		err = errors.Join(err, s.input.Restore())
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

// sameSignal is how much later than the reader of our output this process may get the signal
// that the terminal sends to both.
const sameSignal = 200 * time.Millisecond

// signaledToo reports whether the signal that ended the reader of our output has come here
// as well.
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

// open opens the sessions and the terminal.
func (s *session) open() (err error) {
	s.results = &results{dir: s.cfg.Shells.TempDir}
	s.console = terminal.NewConsole(terminal.Streams{
		Stdout: s.cfg.Stdout, Stderr: s.cfg.Stdout, StdoutShared: true, StderrShared: true, Width: s.cfg.Show.Width,
	})
	s.screen = &screen{direct: s.console.Writer(event.Stdout)}
	s.out = recorder{s.screen, s.results}
	s.cfg.Show.Names, s.cfg.Show.TempDir = s.list.Names(), s.cfg.Shells.TempDir
	s.idleSink = &idleSink{}
	if err := s.renewIdleSink(); err != nil {
		return err
	}
	s.cfg.Shells.Sink = s.idleSink
	if s.shells, err = openSessions(s.cfg); err != nil {
		return err
	}
	s.input, err = input.Open(input.Config{
		Stdin: s.cfg.Stdin, Terminal: s.cfg.Terminal, Stdout: s.cfg.Stdout, Stderr: s.cfg.Stderr, Screen: s.console.Writer(event.Stdout),
		Size: s.cfg.Size, History: s.cfg.History, Unfinished: unfinished, Complete: s.complete, Pressed: s.pressed,
	})
	if err != nil {
		return err
	}
	s.screen.via(s.input.Output())
	return nil
}

// close closes what open has opened.
func (s *session) close() error {
	var errs []error
	if s.input != nil {
		errs = append(errs, s.input.Close())
	}
	s.screen.via(nil)
	if s.shells != nil {
		s.shells.Beside(func() { s.idleSink.over = true })
		errs = append(errs, s.shells.Close())
	}
	return errors.Join(append(errs, s.idleSink.Close(nil), s.results.Close())...)
}

// pressed acts on a key while something runs.
func (s *session) pressed(key input.Key) {
	switch key {
	case input.Suspend:
		_ = s.console.Lend(s.input.Suspend)
	case input.Interrupt:
		wake(s.stopKey)
	case input.Return:
		wake(s.asked)
	case input.Quit:
		// As the terminal would, to this process alone.
		_ = syscall.Kill(os.Getpid(), syscall.SIGQUIT)
	}
}
