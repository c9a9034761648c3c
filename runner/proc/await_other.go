//go:build !linux

package proc

import (
	"os"
	"syscall"
	"unsafe"
)

// awaitExit returns when p has ended, without reaping it: waitid(2) with
// WNOWAIT, on a thread of its own.
func awaitExit(p *os.Process) {
	const (
		idTypePID = 1    // P_PID
		wExited   = 0x04 // WEXITED
		wNoWait   = 0x20 // WNOWAIT
	)
	var siginfo [16]uint64 // larger than any system's siginfo_t
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, idTypePID, uintptr(p.Pid),
			uintptr(unsafe.Pointer(&siginfo[0])), wExited|wNoWait, 0, 0)
		if errno != syscall.EINTR {
			return
		}
	}
}
