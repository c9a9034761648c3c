package heat

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// hookOutput returns what a hook writes to: heat's standard error. Where that
// cannot be written (a full pipe, a stopped terminal, a full disk), a hook
// would wait for its reader or fail; it gets the log if that is a regular file,
// else /dev/null. The caller calls release once the hook has started.
func (l *loop) hookOutput(stderr *os.File) (out *os.File, release func()) {
	if !l.stderr.Broken() && writable(stderr) {
		return stderr, func() {}
	}
	out, err := l.log.Regular()
	if err != nil {
		out, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	if err != nil {
		return stderr, func() {}
	}
	return out, func() { _ = out.Close() } // nothing was written
}

// writable reports whether a write to f would not wait.
func writable(f *os.File) bool {
	for {
		fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLOUT}}
		_, err := unix.Poll(fds, 0)
		if !errors.Is(err, unix.EINTR) {
			return err == nil && fds[0].Revents == unix.POLLOUT
		}
	}
}
