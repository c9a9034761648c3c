package sshtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// processes lists what runs on this machine from /proc (proc(5)).
func processes() ([]Process, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	if len(dirs) == 0 {
		return nil, fmt.Errorf("read /proc: nothing in it")
	}
	list := make([]Process, 0, len(dirs))
	for _, dir := range dirs {
		if p, ok := process(dir); ok {
			list = append(list, p)
		}
	}
	return list, nil
}

// process reads one; it may end at any moment, and then counts as not there.
func process(dir string) (Process, bool) {
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
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
	pid, err := strconv.Atoi(filepath.Base(dir))
	if err != nil {
		return Process{}, false
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return Process{}, false
	}
	cmdline, err := os.ReadFile(filepath.Join(dir, "cmdline"))
	if err != nil {
		return Process{}, false
	}
	environ, err := os.ReadFile(filepath.Join(dir, "environ"))
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
