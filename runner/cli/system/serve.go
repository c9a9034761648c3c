package system

import (
	"sync"
	"syscall"

	"clsh/runner/cli/usage"
)

// Serve does work while it hands each signal to act, and returns what work returns. Once giveUp is
// called, by act or later, it returns that error: work is on its own then.
func Serve[T any](sys *System, work func() (T, error), act func(sig syscall.Signal, giveUp func(error))) (T, error) {
	type end struct {
		result T
		err    error
	}
	done := make(chan end, 2) // of the work, and of who gives it up
	go func() {
		result, err := work()
		done <- end{result, err}
	}()
	var once sync.Once
	giveUp := func(err error) {
		once.Do(func() { done <- end{err: err} })
	}
	for {
		select {
		case e := <-done:
			return e.result, e.err
		case sig := <-sys.Signals:
			if number, ok := sig.(syscall.Signal); ok {
				act(number, giveUp)
			}
		}
	}
}

// UntilSignal does work until a signal comes: then its error is *usage.Interrupted, and work is on its own.
func UntilSignal[T any](sys *System, work func() (T, error)) (T, error) {
	return Serve(sys, work, func(sig syscall.Signal, giveUp func(error)) {
		if sig != syscall.SIGUSR1 {
			giveUp(&usage.Interrupted{Signal: sig})
		}
	})
}
