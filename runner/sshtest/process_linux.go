package sshtest

import (
	"errors"
	"os"
	"strconv"
	"strings"
)

// processes lists what runs on this machine from /proc (proc(5)).
func processes() ([]Process, error) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var list []Process
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if p, ok := process(pid); ok {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("read /proc: nothing in it")
	}
	return list, nil
}

// kernelThreads is the parent of the kernel's own threads (kthreadd).
const kernelThreads = 2

// process reads one; it may end at any moment, and then counts as not there, as
// the kernel's threads do.
func process(pid int) (Process, bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return Process{}, false
	}
	// pid (comm) state ppid …; comm may hold blanks and parentheses.
	open, end := strings.IndexByte(string(stat), '('), strings.LastIndexByte(string(stat), ')')
	if open < 0 || end < open {
		return Process{}, false
	}
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 2 || fields[0] == "Z" || fields[0] == "X" {
		return Process{}, false
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil || parent == kernelThreads {
		return Process{}, false
	}
	cmdline, err := os.ReadFile(dir + "/cmdline")
	if err != nil {
		return Process{}, false
	}
	environ, err := os.ReadFile(dir + "/environ")
	if err != nil {
		environ = nil // another user's; the command line has to do
	}
	return Process{
		PID: pid, Parent: parent,
		Name:    string(stat[open+1 : end]),
		Command: strings.TrimRight(strings.ReplaceAll(string(cmdline), "\x00", " "), " "),
		Environ: string(environ),
	}, true
}
