package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"clsh/heat/checker"
	"clsh/heat/output"
)

// A Pidfile signals the process whose number a file holds. The file is read each time. It is not
// for concurrent use.
type Pidfile struct {
	Path string

	version os.FileInfo // of the file in which pid was first seen
	pid     int
	start   uint64 // in ticks since boot; 0: there was no such process
}

// Look reads the file and remembers the process that it names, if the file is new. The error is
// fs.ErrNotExist if there is no file. An error also means that the number belongs to another
// process now.
func (f *Pidfile) Look() error {
	pid, version, err := readPidfile(f.Path)
	if err != nil {
		return err
	}
	start, known := checker.StartTicks(pid)
	if !known {
		f.pid = pid
		return nil
	}
	if pid != f.pid || !sameVersion(version, f.version) {
		f.pid, f.version, f.start = pid, version, start
		return nil
	}
	if start != 0 && start != f.start {
		return fmt.Errorf("process %d is not the one that pid file %s named at first: it is not signalled", pid, f.Path)
	}
	return nil
}

// Signal signals the process and returns its number.
func (f *Pidfile) Signal(s syscall.Signal) (pid int, err error) {
	if err := f.Look(); err != nil {
		return f.pid, err
	}
	// The process behind the handle is the one that Look sees after it was
	// opened, or has ended.
	p, err := os.FindProcess(f.pid)
	if err != nil {
		return f.pid, fmt.Errorf("find process %d of pid file %s: %w", f.pid, f.Path, err)
	}
	defer func() { _ = p.Release() }() // nothing that matters can fail
	if err := f.Look(); err != nil {
		return f.pid, err
	}
	if p.Pid != f.pid {
		return f.pid, fmt.Errorf("pid file %s was replaced just now: no process is signalled", f.Path)
	}
	if err := p.Signal(s); err != nil {
		return f.pid, fmt.Errorf("signal process %d of pid file %s: %w", f.pid, f.Path, err)
	}
	return f.pid, nil
}

// sameVersion reports whether a file has not been written again.
func sameVersion(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

func readPidfile(file string) (pid int, version os.FileInfo, err error) {
	f, err := output.OpenRegular(file)
	if err != nil {
		return 0, version, fmt.Errorf("read the pid file: %w", err)
	}
	defer f.Close()
	if version, err = f.Stat(); err != nil {
		return 0, nil, fmt.Errorf("read the pid file: %w", err)
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
	return pid, version, nil
}
