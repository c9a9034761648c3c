package heat

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"clsh/heat/checker"

	"golang.org/x/sys/unix"
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

// noProcess is the original's line for a --pid that is not there, and one that
// says which.
func noProcess(pid int) error {
	return original(msgNoPid, "--pid %d: no such process", pid)
}

// openTarget takes hold of pid. The caller must call close.
func openTarget(pid int) (*target, error) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil, noProcess(pid)
	}
	t := &target{pid: pid, proc: p}
	err = p.Signal(syscall.Signal(0))
	switch {
	case errors.Is(err, os.ErrProcessDone):
		return nil, noProcess(pid)
	case errors.Is(err, fs.ErrPermission):
		return nil, wrong("--pid %d: not allowed to signal it: %v", pid, err)
	case err != nil:
		return nil, fmt.Errorf("signal process %d: %w", pid, err)
	}
	t.gone, t.close = watchExit(p)
	select {
	case <-t.gone: // a zombie can be signalled, but it is no process any more
		t.close()
		return nil, noProcess(pid)
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

// A pidfile signals the process whose number a file holds. The number alone
// may be a stranger's by then: the process is known by its number and its start
// as first seen. No file time is compared with the clock, which may be set.
type pidfile struct {
	path    string
	version fileVersion // in which pid was first seen
	pid     int
	start   uint64 // in ticks since boot; 0: there was no such process
}

// fileVersion tells a file that was written again from one that was not.
type fileVersion struct {
	inode uint64
	size  int64
	mtime int64 // ns
}

// look reads the file and remembers the process that it names, where the file
// is new. An error says that the number is a stranger's now.
func (f *pidfile) look() error {
	pid, version, err := readPidfile(f.path)
	if err != nil {
		return err
	}
	start, known := checker.StartTicks(pid)
	if !known {
		f.pid = pid
		return nil
	}
	if pid != f.pid || version != f.version {
		f.pid, f.version, f.start = pid, version, start
		return nil
	}
	if start != 0 && start != f.start {
		return fmt.Errorf("process %d is not the one that pid file %s named at first: it is not signalled", pid, f.path)
	}
	return nil
}

// send signals the process and returns its number.
func (f *pidfile) send(s syscall.Signal) (pid int, err error) {
	if err := f.look(); err != nil {
		return f.pid, err
	}
	// The process behind the handle is the one that look sees after it was
	// opened, or has ended.
	p, err := os.FindProcess(f.pid)
	if err != nil {
		return f.pid, fmt.Errorf("find process %d of pid file %s: %w", f.pid, f.path, err)
	}
	defer func() { _ = p.Release() }() // nothing that matters can fail
	if err := f.look(); err != nil {
		return f.pid, err
	}
	if p.Pid != f.pid {
		return f.pid, fmt.Errorf("pid file %s was replaced just now: no process is signalled", f.path)
	}
	if err := p.Signal(s); err != nil {
		return f.pid, fmt.Errorf("signal process %d of pid file %s: %w", f.pid, f.path, err)
	}
	return f.pid, nil
}

func readPidfile(file string) (pid int, version fileVersion, err error) {
	f, err := openRegular(file)
	if err != nil {
		return 0, version, fmt.Errorf("read the pid file: %w", err)
	}
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return 0, version, fmt.Errorf("read the pid file: %w", err)
	}
	buf := make([]byte, 64)
	n, _ := f.Read(buf)
	line, _, _ := strings.Cut(string(buf[:n]), "\n")
	line = strings.TrimSpace(line)
	pid, err = strconv.Atoi(line)
	if line == "" {
		return 0, version, fmt.Errorf("the pid file %s is empty", file)
	}
	if err != nil || pid < 1 {
		return 0, version, fmt.Errorf("the pid file %s holds no process number: %q", file, line)
	}
	return pid, fileVersion{st.Ino, st.Size, st.Mtim.Nano()}, nil
}
