package proc

import "golang.org/x/sys/unix"

// ForbidCore keeps the memory of this process, and of the processes that it starts, out of core
// dumps, and on Linux from debuggers of the same user.
func ForbidCore() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return err
	}
	return hideMemory()
}
