//go:build linux || darwin || freebsd

package copying

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// nextData returns the first part of a file of this size, from offset on, that is no hole (lseek(2),
// SEEK_DATA); more is false where only a hole follows.
func nextData(f *os.File, offset, size int64) (begin, end int64, more bool) {
	begin, err := f.Seek(offset, unix.SEEK_DATA)
	switch {
	case errors.Is(err, unix.ENXIO):
		return 0, 0, false
	case err != nil: // the file system does not say
		return offset, size, true
	}
	end, err = f.Seek(begin, unix.SEEK_HOLE)
	if err != nil {
		end = size
	}
	return begin, min(end, size), begin < size
}
