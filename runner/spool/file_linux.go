package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

// File makes a file in dir that never has a name (open(2), O_TMPFILE), so that not even
// SIGKILL at the wrong moment leaves one behind. Where the file system cannot do that, the
// name is removed at once. The caller must close the file.
func File(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return unlinkedFile(dir)
	}
	return os.NewFile(uintptr(fd), dir), nil
}
