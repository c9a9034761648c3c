package conn

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// splice moves size bytes at offset of a file into a pipe: the kernel hands over the pages, which
// are copied by nobody (splice(2)). It returns how many it has moved. They are fewer without an error
// where one of the two is not of that kind.
func splice(to *os.File, from io.ReaderAt, offset, size int64) (moved int64, err error) {
	source, ok := from.(*os.File)
	if !ok {
		return 0, nil
	}
	in, err := source.SyscallConn()
	if err != nil {
		return 0, nil
	}
	out, err := to.SyscallConn()
	if err != nil {
		return 0, nil
	}
	var failed error
	err = in.Control(func(fd uintptr) {
		failed = out.Write(func(pipe uintptr) bool {
			for moved < size {
				at := offset + moved
				n, err := unix.Splice(int(fd), &at, int(pipe), nil, int(min(size-moved, 1<<30)), unix.SPLICE_F_NONBLOCK)
				switch {
				case err == unix.EINTR:
				case err == unix.EAGAIN:
					return false
				case err != nil || n == 0:
					return true // a write will say why
				default:
					moved += n
				}
			}
			return true
		})
	})
	if err == nil {
		err = failed
	}
	return moved, err
}
