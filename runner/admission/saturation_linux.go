package admission

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// waited reads /proc/PID/schedstat (Linux, sched-stats.rst): the time on a processor and the
// time waiting for one, in nanoseconds.
func waited(pid int) (time.Duration, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/schedstat")
	if err != nil {
		return 0, false
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, false
	}
	wait, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return time.Duration(wait), err == nil
}
