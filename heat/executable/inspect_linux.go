package executable

import (
	"os"

	"golang.org/x/sys/unix"
)

// noExec reports whether path lies on a file system that runs nothing.
func noExec(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && st.Flags&unix.MS_NOEXEC != 0
}

// otherFormats reports whether the kernel was taught to run more than its own
// formats (binfmt_misc, as for qemu-user).
func otherFormats() bool {
	entries, err := os.ReadDir("/proc/sys/fs/binfmt_misc")
	return err == nil && len(entries) > 2 // register and status
}
