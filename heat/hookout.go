package heat

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// hookOutput returns what a hook writes to: heat's standard error. Where that
// cannot be written (a full pipe, a stopped terminal, a full disk), a hook
// would wait for its reader or fail; it gets the log if that is a regular file,
// else /dev/null. The caller calls release once the hook has started.
func (l *loop) hookOutput(stderr *os.File) (out *os.File, release func()) {
	if !l.stderr.broken() && writable(stderr) {
		return stderr, func() {}
	}
	out, err := l.log.regular()
	if err != nil {
		out, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	if err != nil {
		return stderr, func() {}
	}
	return out, func() { _ = out.Close() } // nothing was written
}

// regular opens the log for a hook, if it is a regular file.
func (s logSpec) regular() (*os.File, error) {
	if s.path == logStderr {
		return nil, errNotRegular
	}
	f, err := os.OpenFile(s.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK, 0o644)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, errNotRegular
	}
	return f, nil
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
