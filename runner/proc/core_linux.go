package proc

import "golang.org/x/sys/unix"

// hideMemory makes this process not dumpable (prctl(2), PR_SET_DUMPABLE): nobody but root reads
// its memory. What it starts is dumpable again.
func hideMemory() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
