package conn

import "syscall"

// descriptors is how many a session takes: three pipes and two process handles.
const descriptors = 5

// MinFiles is how many open files a run needs beside its sessions.
const MinFiles = 64

// MaxFanout returns how many sessions the limit of open files allows
// (getrlimit(2), RLIMIT_NOFILE; Go has raised the soft one already); 0 where there is
// no run with so few.
func MaxFanout() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1 << 10
	}
	if limit.Cur < MinFiles {
		return 0
	}
	return max(1, (int(min(limit.Cur, 1<<20))-MinFiles)/descriptors)
}
