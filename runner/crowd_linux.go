package runner

import (
	"fmt"
	"os"
	"time"
)

// waited reads it from /proc/PID/schedstat (Linux, sched-stats.rst): the time
// on a processor and the time waiting for one, in nanoseconds.
func waited(pid int) (time.Duration, bool) {
	if pid == 0 {
		return 0, false
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if err != nil {
		return 0, false
	}
	var ran, wait int64
	_, err = fmt.Sscan(string(text), &ran, &wait)
	return time.Duration(wait), err == nil
}
