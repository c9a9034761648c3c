package cli

import (
	"os"
	"syscall"
)

// serve waits for done while it hands each signal to act, and returns what done sends. ended is
// false where act ended the waiting by returning true; whoever sends to done is then on its own,
// so done must have room.
func serve[T any](signals <-chan os.Signal, done <-chan T, act func(syscall.Signal) (leave bool)) (result T, ended bool) {
	for {
		select {
		case result = <-done:
			return result, true
		case sig := <-signals:
			if number, ok := sig.(syscall.Signal); ok && act(number) {
				return result, false
			}
		}
	}
}
