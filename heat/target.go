package heat

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A target is the process of --pid. It is held from the start by the kernel's
// handle (pidfd on Linux, inside os.Process), so that its number, used again,
// never makes a stranger of it.
type target struct {
	pid  int
	proc *os.Process
	// gone is closed when the process has ended; nil where that cannot be
	// watched.
	gone  <-chan struct{}
	close func()
}

// openTarget takes hold of pid. The caller must call close.
func openTarget(pid int) (*target, error) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil, original(msgNoPid)
	}
	t := &target{pid: pid, proc: p}
	err = p.Signal(syscall.Signal(0))
	switch {
	case errors.Is(err, os.ErrProcessDone):
		return nil, original(msgNoPid)
	case errors.Is(err, fs.ErrPermission):
		return nil, wrong("--pid %d: this user may not signal that process: %v", pid, err)
	case err != nil:
		return nil, fmt.Errorf("signal process %d: %w", pid, err)
	}
	t.gone, t.close = watchExit(p)
	select {
	case <-t.gone: // a zombie can be signalled, but it is no process any more
		t.close()
		return nil, original(msgNoPid)
	default:
		return t, nil
	}
}

// send signals the process; os.ErrProcessDone says that it has gone.
func (t *target) send(s syscall.Signal) error {
	select {
	case <-t.gone:
		return os.ErrProcessDone
	default:
		return t.proc.Signal(s)
	}
}

// signalPidfile signals the process whose number stands in file, unless it is
// younger than the file: then it is another one, that has got the number of a
// process that ended. It returns the process's number.
func signalPidfile(file string, s syscall.Signal) (pid int, err error) {
	pid, written, err := readPidfile(file)
	if err != nil {
		return 0, err
	}
	// The handle comes before the look at the process's age: both are of
	// the same process, or the handle's has gone.
	p, err := os.FindProcess(pid)
	if err != nil {
		return pid, fmt.Errorf("find process %d of pid file %s: %w", pid, file, err)
	}
	defer func() { _ = p.Release() }() // nothing that matters can fail
	if begun, known := startTime(pid); known && begun.After(written.Add(startSlack)) {
		return pid, fmt.Errorf("process %d began after pid file %s was written: it is another one, and is not signalled", pid, file)
	}
	if err := p.Signal(s); err != nil {
		return pid, fmt.Errorf("signal process %d of pid file %s: %w", pid, file, err)
	}
	return pid, nil
}

// startSlack covers the grain of the two clocks that are compared: a process's
// start has ticks of 10 ms, a file's time those of the kernel's timer.
const startSlack = 20 * time.Millisecond

func readPidfile(file string) (pid int, written time.Time, err error) {
	f, err := openRegular(file)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("read the pid file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("read the pid file: %w", err)
	}
	buf := make([]byte, 64)
	n, _ := f.Read(buf)
	line, _, _ := strings.Cut(string(buf[:n]), "\n")
	line = strings.TrimSpace(line)
	pid, err = strconv.Atoi(line)
	if line == "" {
		return 0, time.Time{}, fmt.Errorf("the pid file %s is empty", file)
	}
	if err != nil || pid < 1 {
		return 0, time.Time{}, fmt.Errorf("the pid file %s holds no process number: %q", file, line)
	}
	return pid, info.ModTime(), nil
}
