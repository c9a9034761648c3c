package heat

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"clsh/heat/checker"
)

// logSpec is where the detailed log goes and how large it gets.
type logSpec struct {
	path string
	size int64 // of one file, in bytes; 0: no limit
	keep int   // older files
}

const (
	logDefault  = "heat.log"
	keepDefault = 5
)

func (c *Command) checkLog(cfg *config) error {
	cfg.log = logSpec{path: c.Log, keep: keepDefault}
	if c.Log == "" { // an empty variable is an unset one
		cfg.log.path = logDefault
	}
	if c.LogSize == nil {
		if c.LogKeep != nil {
			return wrong("--log-keep needs --log-size: when to begin a new file")
		}
		return nil
	}
	if *c.LogSize < 1 {
		return wrong("--log-size must be 1 or more")
	}
	cfg.log.size = *c.LogSize
	if c.LogKeep != nil {
		cfg.log.keep = *c.LogKeep
	}
	if cfg.log.keep < 0 {
		return wrong("--log-keep must be 0 or more")
	}
	return nil
}

// A logFile is the detailed log. Nothing that goes wrong with it stops heat:
// the first error is told, those after it only when a write has succeeded in
// between.
//
// The file is opened when there is something to write, and again when its name
// stands for another file than the open one: so a log that was moved away or
// removed comes back, with or without SIGHUP.
type logFile struct {
	logSpec
	tell   func(error)
	told   bool
	f      *os.File
	w      *bufio.Writer
	length int64 // of f, with what is in w
}

func newLog(spec logSpec, tell func(error)) *logFile {
	return &logFile{logSpec: spec, tell: tell, w: bufio.NewWriterSize(io.Discard, 16<<10)}
}

// reopen closes the file; the next write opens it anew.
func (l *logFile) reopen() {
	if l.f != nil {
		_ = l.f.Close() // what was written has been told
		l.f = nil
	}
}

// note writes one line of heat's own.
func (l *logFile) note(unix int64, text string) {
	l.batch(func() error { return l.line(prefix(unix), []byte(text)) })
}

// failure writes what a failed check has left: standard error in the
// original's form, then standard output, marked.
func (l *logFile) failure(unix int64, rep *checker.Report) {
	l.batch(func() error {
		p := prefix(unix)
		if err := l.stream(p, "standard error", rep.Stderr); err != nil {
			return err
		}
		return l.stream(p+"stdout: ", "standard output", rep.Stdout)
	})
}

func prefix(unix int64) string { return strconv.FormatInt(unix, 10) + ": " }

// batch runs write on the open file.
func (l *logFile) batch(write func() error) {
	err := l.open()
	if err == nil {
		if err = write(); err == nil {
			err = l.w.Flush()
		}
	}
	if err != nil && !l.told {
		l.tell(fmt.Errorf("write log: %w; checks go on, and this is told once", err))
	}
	l.told = err != nil
	if err != nil {
		// The rest of a line that did not fit is forgotten with the buffer.
		l.reopen()
	}
}

func (l *logFile) open() error {
	if l.f != nil {
		named, err := os.Stat(l.path)
		open, err2 := l.f.Stat()
		if err == nil && err2 == nil && os.SameFile(named, open) {
			l.length = open.Size()
			return nil
		}
		l.reopen()
	}
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.f, l.length = f, info.Size()
	l.w.Reset(f)
	return nil
}

// stream writes out's lines. A newline, a carriage return, or both together
// end a line; progress meters rewrite theirs after a carriage return, so that
// an empty one before or after it is nothing.
func (l *logFile) stream(prefix, name string, out checker.Output) error {
	data := out.Data
	for afterCR := false; len(data) > 0; {
		i := bytes.IndexAny(data, "\r\n")
		line, end := data, byte('\n')
		if i >= 0 {
			line, end = data[:i], data[i]
			data = data[i+1:]
		} else {
			data = nil
		}
		if len(line) > 0 || end == '\n' && !afterCR {
			if err := l.line(prefix, line); err != nil {
				return err
			}
		}
		afterCR = end == '\r'
	}
	if out.Dropped > 0 {
		return l.line(prefix, fmt.Appendf(nil, "heat: %d more bytes of %s are not kept", out.Dropped, name))
	}
	return nil
}

func (l *logFile) line(prefix string, text []byte) error {
	n := int64(len(prefix) + len(text) + 1)
	if l.size > 0 && l.length > 0 && l.length+n > l.size {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	l.length += n
	// A bufio.Writer keeps its first error.
	_, _ = l.w.WriteString(prefix)
	_, _ = l.w.Write(text)
	return l.w.WriteByte('\n')
}

// rotate moves FILE to FILE.1, FILE.1 to FILE.2 and so on, and opens FILE
// anew. What is no regular file stays as it is.
func (l *logFile) rotate() error {
	if err := l.w.Flush(); err != nil {
		return err
	}
	if info, err := l.f.Stat(); err != nil || !info.Mode().IsRegular() {
		return err
	}
	l.reopen()
	name := func(n int) string { return l.path + "." + strconv.Itoa(n) }
	if l.keep == 0 {
		if err := os.Remove(l.path); err != nil {
			return err
		}
		return l.open()
	}
	for n := l.keep - 1; n > 0; n-- {
		if err := os.Rename(name(n), name(n+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(l.path, name(1)); err != nil {
		return err
	}
	return l.open()
}
