package prompt

import (
	"errors"
	"syscall"
	"time"

	"clsh/runner/files"
)

// What was killed ends within blockedEnd. A reader may block its output forever: it is given up
// then, and the engine's sweeper cleans up. A busy machine may take slowEnd.
const (
	blockedEnd = 2 * time.Second
	slowEnd    = 10 * time.Second
)

// errBlocked ends a session that was killed while its output was blocked.
var errBlocked = errors.New("killed while nobody read the output")

// attend starts work and waits for its end, and after a second signal only as long as its output is not
// blocked: then it returns errBlocked. Meanwhile it calls act for each ^C, with 0, and for each signal
// that ends the session.
func (s *session) attend(work func(), act func(sig syscall.Signal)) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	blocked, second := make(chan struct{}, 1), time.Time{}
	for signals := 0; ; {
		select {
		case <-done:
			return nil
		case <-s.stopKey:
			act(0)
		case sig := <-s.cfg.Signals:
			number, _ := sig.(syscall.Signal)
			if number == syscall.SIGUSR1 {
				s.answer()
				continue
			}
			act(number)
			switch signals++; {
			case signals == 2:
				second = time.Now()
				stop := files.WhenBlocked(blockedEnd, slowEnd, func() { blocked <- struct{}{} }, s.cfg.Stdout, s.cfg.Stderr)
				defer stop()
			case signals > 2 && time.Since(second) >= blockedEnd:
				return errBlocked
			}
		case <-blocked:
			return errBlocked
		}
	}
}

// answer shows the states, for SIGUSR1.
func (s *session) answer() {
	if s.pulsing {
		wake(s.asked)
		return
	}
	_ = s.states()
}

// wake sends on c, which has room for one, and never waits.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// drainKeys discards a ^C and a Return from before a line.
func (s *session) drainKeys() {
	for _, c := range []chan struct{}{s.stopKey, s.asked} {
		select {
		case <-c:
		default:
		}
	}
}
