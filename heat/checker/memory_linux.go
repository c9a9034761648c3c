package checker

import (
	"bytes"
	"os"
	"runtime/debug"
	"strconv"

	"golang.org/x/sys/unix"
)

// ReleaseMemory gives back the memory of the heap that is free, and takes the pages of the
// program's files out of this process's memory.
// They were read in when the whole program's packages were initialised, of
// which heat and its helper need little; those that are needed come back from
// the page cache when they are touched.
//
// Only mappings are dropped that cannot be written and have no page of their
// own (the relocated data of a position-independent build does): their content
// is the file's.
func ReleaseMemory() {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	var from, to uint64
	droppable := false
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		switch {
		case len(f) >= 5 && len(f[1]) == 4: // 5570-5580 r-xp 0000 fd:00 4711 /usr/bin/clsh
			low, high, _ := bytes.Cut(f[0], []byte("-"))
			var err1, err2 error
			from, err1 = strconv.ParseUint(string(low), 16, 64)
			to, err2 = strconv.ParseUint(string(high), 16, 64)
			droppable = err1 == nil && err2 == nil && f[1][1] == '-' && string(f[4]) != "0"
		case len(f) >= 2 && string(f[0]) == "Anonymous:":
			if droppable && string(f[1]) == "0" {
				// An error leaves the pages where they are.
				_, _, _ = unix.Syscall(unix.SYS_MADVISE, uintptr(from), uintptr(to-from), unix.MADV_DONTNEED)
			}
			droppable = false
		}
	}
}
