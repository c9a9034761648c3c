package runs

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Terminal identifies the terminal that this process was started from, empty if there is none. It is
// the session, which has one controlling terminal at most (POSIX, 11.1.3), and where /proc is there
// the time when its leader began, because the numbers of processes are reused.
func Terminal() string {
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	_ = tty.Close()
	session, err := unix.Getsid(0)
	if err != nil {
		return ""
	}
	id := strconv.Itoa(session)
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", session))
	if err != nil {
		return id
	}
	// The name, in parentheses, may hold anything (proc_pid_stat(5)); starttime is field 22.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const starttime = 22 - 3 // the first is field 3
	if len(fields) > starttime {
		id += "." + string(fields[starttime])
	}
	return id
}
