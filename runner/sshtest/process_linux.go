package sshtest

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// processes lists what runs on this machine from /proc (proc(5)), without Environ.
func processes() ([]Process, error) {
	var list []Process
	var files procReader
	err := eachProcess(func(pid int) {
		if p, ok := files.process(pid); ok {
			list = append(list, p)
		}
	})
	return list, err
}

// holding lists the processes, this one apart, that hold one of the marks. Tests look for marks many times a
// second, and most processes hold none: so it looks at the bytes before it makes a Process.
func holding(marks ...string) ([]Process, error) {
	var list []Process
	var files procReader
	err := eachProcess(func(pid int) {
		if pid == os.Getpid() {
			return
		}
		dir := "/proc/" + strconv.Itoa(pid)
		environ := string(files.held(dir+"/environ", marks))
		if environ == "" && files.held(dir+"/cmdline", marks) == nil {
			return
		}
		if p, ok := files.process(pid); ok {
			if environ == "" {
				environ = string(files.read(dir + "/environ"))
			}
			p.Environ = environ
			list = append(list, p)
		}
	})
	return list, err
}

// eachProcess calls f for each process; it may end at any moment.
func eachProcess(f func(pid int)) error {
	proc, err := os.Open("/proc")
	if err != nil {
		return err
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	if err != nil {
		return err
	}
	none := true
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			f(pid)
			none = false
		}
	}
	if none {
		return errors.New("read /proc: nothing in it")
	}
	return nil
}

// A procReader reads files of /proc into one buffer, with one read each: the kernel answers a
// read of these with all that there is, or all that fits.
type procReader struct{ buf []byte }

// read returns what is in a file, until the next read, or nil where it cannot be read: another
// user's, or that of a process that has gone.
func (r *procReader) read(path string) []byte {
	if r.buf == nil {
		r.buf = make([]byte, 64<<10)
	}
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	for n := 0; ; {
		more, err := syscall.Read(fd, r.buf[n:])
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return nil
		}
		if n += more; n < len(r.buf) {
			return r.buf[:n]
		}
		r.buf = append(r.buf, r.buf...)
	}
}

// held is read for a file that holds one of the marks; of another it returns nil.
func (r *procReader) held(path string, marks []string) []byte {
	text := r.read(path)
	for _, mark := range marks {
		if bytes.Contains(text, []byte(mark)) {
			return text
		}
	}
	return nil
}

// kernelThreads is the parent of the kernel's own threads (kthreadd).
const kernelThreads = 2

// process reads one; a zombie counts as not there, as the kernel's threads do.
func (r *procReader) process(pid int) (Process, bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat := string(r.read(dir + "/stat"))
	// pid (comm) state ppid …; comm may hold blanks and parentheses.
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return Process{}, false
	}
	fields := strings.Fields(stat[end+1:])
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return Process{}, false
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil || parent == kernelThreads {
		return Process{}, false
	}
	cmdline := strings.ReplaceAll(string(r.read(dir+"/cmdline")), "\x00", " ")
	return Process{PID: pid, Parent: parent, Name: stat[open+1 : end], Command: strings.TrimRight(cmdline, " "), start: fields[19]}, true
}
