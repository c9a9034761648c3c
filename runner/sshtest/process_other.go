//go:build !linux

package sshtest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// processes lists what runs on this machine with ps(1), where -E adds the
// environment behind the command line.
func processes() ([]Process, error) {
	out, err := exec.Command("ps", "-axww", "-E", "-o", "pid=,ppid=,state=,command=").Output()
	if err != nil {
		return nil, fmt.Errorf("run ps: %w", err)
	}
	var list []Process
	scan := bufio.NewScanner(bytes.NewReader(out))
	scan.Buffer(nil, 1<<22)
	for scan.Scan() {
		fields := strings.Fields(scan.Text())
		if len(fields) < 4 || strings.HasPrefix(fields[2], "Z") {
			continue
		}
		pid, err1 := strconv.Atoi(fields[0])
		parent, err2 := strconv.Atoi(fields[1])
		if err1 != nil || err2 != nil {
			continue
		}
		list = append(list, Process{
			PID: pid, Parent: parent,
			Name:    strings.TrimSuffix(filepath.Base(fields[3]), ":"),
			Command: strings.Join(fields[3:], " "),
		})
	}
	return list, scan.Err()
}

// holding lists the processes, this one apart, that hold one of the marks.
func holding(marks ...string) ([]Process, error) {
	all, err := processes()
	return slices.DeleteFunc(all, func(p Process) bool {
		return p.PID == os.Getpid() || !slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(p.Command, mark) })
	}), err
}
