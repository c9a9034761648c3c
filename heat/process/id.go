package process

import (
	"os"
	"strings"

	"clsh/heat/checker"
)

// An ID names a process for good, over restarts of heat and of the machine.
type ID struct {
	Pid   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since boot
	Boot  string `json:"boot"`
}

// Identify returns the ID of a process, or nil if it cannot be known.
func Identify(pid int) *ID {
	ticks, known := checker.StartTicks(pid)
	if !known || ticks == 0 {
		return nil
	}
	return &ID{pid, ticks, bootID()}
}

func bootID() string {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(text))
}

// Alive reports whether the process still runs.
func (id *ID) Alive() bool {
	ticks, known := checker.StartTicks(id.Pid)
	return known && id.Pid > 0 && ticks != 0 && ticks == id.Start && id.Boot == bootID()
}

// Watch returns a channel that is closed when the process has ended. The error is
// os.ErrProcessDone if it has ended already. The caller must call stop.
func (id *ID) Watch() (gone <-chan struct{}, stop func(), err error) {
	p, err := os.FindProcess(id.Pid)
	if err != nil {
		return nil, nil, err
	}
	gone, stop = watchExit(p)
	// The handle was opened first, so both are of the same process, or it has ended.
	if gone == nil || !id.Alive() {
		stop()
		return nil, nil, os.ErrProcessDone
	}
	return gone, stop, nil
}
