package output

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"clsh/heat/checker"
)

// LogSpec is where the detailed log goes and how large it gets.
type LogSpec struct {
	Path string
	Size int64 // of one file, in bytes; 0: no limit
	Keep int   // older files
	// Compat lets in standard error of failed checks alone, as the Python heat did.
	Compat bool
}

// LogStderr is the path that means standard error.
const LogStderr = "-"

// Shown is the log's name in "details in".
func (s LogSpec) Shown() string {
	if s.Path == LogStderr {
		return "standard error"
	}
	return s.Path
}

// A Log is the detailed log. Nothing that goes wrong with it stops heat:
// the first error is reported, those after it only when a write has succeeded
// in between.
//
// The file is opened when there is something to write, and again when its name
// belongs to another file than the open one: so a log that was moved away or
// removed comes back, with or without SIGHUP.
//
// Several heats may share a log: each holds the file's lock (flock(2)) while it
// writes or rotates, and looks at the name again once it has the lock.
type Log struct {
	LogSpec
	Label Label
	Out   *Outlet     // standard error's, where the log is that
	stale atomic.Bool // the file is to be opened again

	// The rest belongs to the outlet's lane.
	f      *os.File
	length int64
	limit  int64 // of f; 0: none
}

// NewLog returns a log that reports errors to failed.
func NewLog(spec LogSpec, l Label, stderr *Outlet, failed func(error)) *Log {
	lf := &Log{LogSpec: spec, Label: l, Out: stderr}
	if spec.Path != LogStderr {
		lf.Out = &Outlet{To: lf.write, Bound: logBound, Failed: failed, Count: func(n int) []byte {
			return []byte(l.Line(time.Now().Unix()) + LostLines(n) + "\n")
		}}
	}
	return lf
}

// Reopen makes the next write open the file again.
func (l *Log) Reopen() { l.stale.Store(true) }

// Note writes one line of heat's own.
func (l *Log) Note(unix int64, text string) {
	if l.Compat {
		return
	}
	_, _ = l.Out.Write([]byte(l.Label.Line(unix) + text + "\n")) // an outlet reports its errors
}

// Failure writes what a failed check has left: standard error in the
// original's form, then standard output, marked.
func (l *Log) Failure(unix int64, rep *checker.Report) {
	var block []byte
	flush := func() {
		if len(block) > 0 {
			_, _ = l.Out.Write(block)
			block = block[:0]
			runtime.Gosched() // the lane can write it now, so that it need not be kept
		}
	}
	lines := func(prefix, name string, out checker.Output) {
		eachLine(name, out, func(text []byte) {
			block = append(append(append(block, prefix...), text...), '\n')
			if len(block) > StreamBound/2 {
				flush()
			}
		})
	}
	p := l.Label.Line(unix)
	if l.Compat {
		lines(p, "", checker.Output{Data: rep.Stderr.Data})
		flush()
		return
	}
	lines(p, "standard error", rep.Stderr)
	lines(p+"stdout: ", "standard output", rep.Stdout)
	flush()
}

// eachLine calls line with out's lines. A newline, a carriage return, or both
// together end a line; progress meters rewrite theirs after a carriage return,
// so that an empty one before or after it is nothing.
func eachLine(name string, out checker.Output, line func([]byte)) {
	for text := range bytes.Lines(out.Data) {
		text = bytes.TrimSuffix(text, []byte{'\n'})
		for part := range bytes.SplitSeq(text, []byte{'\r'}) {
			if len(part) > 0 || len(text) == 0 {
				line(part)
			}
		}
	}
	if out.Dropped > 0 {
		line(fmt.Appendf(nil, "heat: %d more bytes of %s are not kept", out.Dropped, name))
	}
}

// write writes whole lines, into as many files as they need.
func (l *Log) write(b []byte) (n int, err error) {
	if l.stale.Swap(false) {
		l.close()
	}
	if err := l.open(); err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			l.close()
		} else {
			_ = flock(l.f, syscall.LOCK_UN)
		}
	}()
	for n < len(b) {
		chunk := b[n:]
		if l.limit > 0 {
			chunk = wholeLines(chunk, l.limit-l.length, l.length == 0)
		}
		if len(chunk) == 0 {
			if err := l.rotate(); err != nil {
				return n, err
			}
			continue
		}
		done, err := l.f.Write(chunk)
		n += done
		l.length += int64(done)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// wholeLines returns the most lines at b's beginning that room has room for;
// with first, one at least.
func wholeLines(b []byte, room int64, first bool) []byte {
	if int64(len(b)) <= room {
		return b
	}
	if n := bytes.LastIndexByte(b[:max(room, 0)], '\n'); n >= 0 {
		return b[:n+1]
	}
	if !first {
		return nil
	}
	return b[:bytes.IndexByte(b, '\n')+1]
}

// open opens the file that has the log's name, and takes its lock. A FIFO that
// nobody reads is an error at once, not a wait.
func (l *Log) open() error {
	for {
		if l.f == nil {
			f, err := os.OpenFile(l.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK, 0o644)
			if err != nil {
				return err
			}
			l.f = f
		}
		info, err := l.f.Stat()
		if err != nil {
			return err
		}
		l.length, l.limit = info.Size(), 0
		if info.Mode().IsRegular() {
			l.limit = l.Size
			if err := flock(l.f, syscall.LOCK_EX); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.ENOLCK) {
				return &fs.PathError{Op: "lock", Path: l.Path, Err: err}
			}
		}
		named, err := os.Stat(l.Path)
		if err == nil && os.SameFile(named, info) {
			if l.limit > 0 {
				l.length = named.Size()
			}
			return nil
		}
		l.close()
	}
}

func (l *Log) close() {
	if l.f != nil {
		_ = l.f.Close() // what was written has been reported
		l.f = nil
	}
}

// rotate moves FILE to FILE.1, FILE.1 to FILE.2 and so on, and opens FILE
// again. The lock of the file that is moved is held until that is done.
func (l *Log) rotate() error {
	name := func(n int) string { return l.Path + "." + strconv.Itoa(n) }
	if l.Keep == 0 {
		if err := os.Remove(l.Path); err != nil {
			return err
		}
	} else {
		last := 0 // those up to it move; behind a gap they stay
		for last < l.Keep-1 && exists(name(last+1)) {
			last++
		}
		for n := last; n > 0; n-- {
			if err := os.Rename(name(n), name(n+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := os.Rename(l.Path, name(1)); err != nil {
			return err
		}
	}
	l.close()
	return l.open()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// flock locks or unlocks an open file. It waits for a lock.
func flock(f *os.File, how int) error {
	conn, err := f.SyscallConn() // Fd would make it blocking
	if err != nil {
		return err
	}
	var result error
	err = conn.Control(func(fd uintptr) {
		for {
			if result = syscall.Flock(int(fd), how); !errors.Is(result, syscall.EINTR) {
				return
			}
		}
	})
	return errors.Join(err, result)
}

// Regular opens the log for a hook, if it is a regular file.
func (s LogSpec) Regular() (*os.File, error) {
	if s.Path == LogStderr {
		return nil, ErrNotRegular
	}
	return openRegular(s.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY)
}
