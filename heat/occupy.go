package heat

import (
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"clsh/heat/exit"
)

// occupy makes this process one that runs checks: the only one, if there is a file to lock. The caller
// calls release at the end.
func occupy(lock string) (release func(), err error) {
	// A crash, and the watchdog's SIGABRT, end heat by that signal, after the
	// traceback. Go's exit status 2 would say that it was called wrongly, and a
	// service manager would not start it again.
	debug.SetTraceback("crash")
	if lock == "" {
		return func() {}, nil
	}
	// The file itself stays: removing it would let two take two files of the
	// same name.
	f, err := os.OpenFile(lock, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, exit.Usagef("--lock: %v", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, exit.Usagef("--lock %s: another heat holds it", lock)
		}
		return nil, exit.Usagef("--lock %s: %v", lock, err)
	}
	return func() { f.Close() }, nil
}

// tuneMemory trades speed that heat does not need for memory.
func tuneMemory() {
	// heat does one thing at a time. A second processor would only mean more
	// threads to wake: a sixth of what a check costs.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(50)
}
