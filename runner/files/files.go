// Package files opens files that a user, a directory or the environment names, and
// which may be anything: no open waits for the other end of a FIFO, so that no
// signal is deaf, and what makes no sense is refused by name before anything runs.
//
// It imports nothing of ours.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Kind is what a file may be.
type Kind uint8

const (
	// Regular is a regular file, or the null device.
	Regular Kind = iota
	// Stream is that, a FIFO, or a character device such as a terminal.
	Stream
)

// Open opens path for reading. For a FIFO it waits until somebody has written, and
// nothing wakes it before: who lets a FIFO pass reads it beside waiting for signals.
func Open(path string, kind Kind) (*os.File, error) {
	f, err := open(path, os.O_RDONLY, kind)
	if err != nil {
		return nil, err
	}
	if err := awaitWriter(f); err != nil {
		return nil, errors.Join(fail(path, err), f.Close())
	}
	return f, nil
}

// awaitWriter waits until a FIFO holds something, or its writer has been there:
// before, reading from it is the end of the file (pipe(7)).
func awaitWriter(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		return err
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var pollErr error
	err = raw.Control(func(fd uintptr) {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		for {
			if _, pollErr = unix.Poll(ready, -1); !errors.Is(pollErr, unix.EINTR) {
				return
			}
		}
	})
	return errors.Join(err, pollErr)
}

// Read reads all of a regular file that has at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := Open(path, Regular)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fail(path, fmt.Errorf("larger than %d MiB", limit>>20))
	}
	return text, nil
}

// Append opens path for writing at its end, in whole writes (open(2), O_APPEND), and
// makes it where it is missing.
func Append(path string, kind Kind) (*os.File, error) {
	return open(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, kind)
}

// Create is Append for a file whose old content goes.
func Create(path string, kind Kind) (*os.File, error) {
	f, err := open(path, os.O_WRONLY|os.O_CREATE, kind)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return f, nil
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// open opens path, and closes it again where it is not of kind. The descriptor stays
// non-blocking: whoever waits for a FIFO or a terminal then waits in the runtime, and
// closing the file wakes them.
func open(path string, flags int, kind Kind) (*os.File, error) {
	f, err := os.OpenFile(path, flags|unix.O_NONBLOCK|unix.O_NOCTTY, 0o666)
	if err != nil {
		if info, statErr := os.Stat(path); statErr == nil && errors.Is(err, unix.ENXIO) {
			return nil, fail(path, unopened(info.Mode()))
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = check(info, kind)
	}
	if err != nil {
		return nil, errors.Join(fail(path, err), f.Close())
	}
	return f, nil
}

// unopened says why a file of a mode could not be opened (open(2), ENXIO).
func unopened(mode fs.FileMode) error {
	if mode&fs.ModeNamedPipe != 0 {
		return errors.New("a FIFO that nobody reads; start its reader first")
	}
	return errors.New(what(mode) + ", not a file")
}

// check returns an error that says what a file is, where it is not of kind.
func check(info fs.FileInfo, kind Kind) error {
	mode := info.Mode()
	const stream = fs.ModeNamedPipe | fs.ModeCharDevice
	switch {
	case mode.IsRegular(), isNull(info), kind == Stream && mode&stream != 0:
		return nil
	case kind == Stream:
		return errors.New(what(mode) + ", not a file")
	}
	return errors.New(what(mode) + ", not a regular file")
}

// isNull reports whether a file is the null device.
func isNull(info fs.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}

// what names a file's kind.
func what(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

func fail(path string, err error) error { return &fs.PathError{Op: "open", Path: path, Err: err} }

// AppendIn is Append for a file of that name in the directory dir, where others may
// make files: it is never opened through a symbolic link, and what is no regular file
// of one name only is an error. path is for errors. os.Root does not serve: it follows
// links that stay inside.
func AppendIn(dir *os.File, name, path string) (*os.File, error) {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_APPEND | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	fd, err := unix.Openat(int(dir.Fd()), name, flags, 0o666)
	switch {
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.EMLINK): // Linux and macOS; FreeBSD
		return nil, fmt.Errorf("open %s: it is a symbolic link, which could lead anywhere; remove it", path)
	case errors.Is(err, unix.ENXIO):
		return nil, fmt.Errorf("open %s: it is a FIFO or a socket, not a file; remove it", path)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("open %s: it is not a regular file; remove it", path)
	case links(info) > 1:
		err = fmt.Errorf("open %s: it has a second name (a hard link), whose contents would be lost; remove it", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// links returns how many names a file has.
func links(info fs.FileInfo) uint64 {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 1
	}
	return uint64(stat.Nlink) //nolint:unconvert // 16 bits wide on other systems
}

// Bare takes the operation and the path off err: they are not the ones that the user knows.
func Bare(err error) error {
	if pe, is := errors.AsType[*fs.PathError](err); is {
		return pe.Err
	}
	return err
}
