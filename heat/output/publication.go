package output

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// A Publication is a file whose text is replaced again and again, in a lane: a
// text that waits there for a slow disk is overtaken by the next one.
type Publication struct {
	What, Path string
	Logf       func(string, ...any) // gets the first of a series of errors
	Durable    bool                 // survives a crash of the machine

	Lane
	next    []byte
	current []byte // what the file holds, or will after next
	failed  bool   // the last write
}

// Set has text written, unless it is what was written last.
func (p *Publication) Set(text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if bytes.Equal(text, p.current) {
		return
	}
	p.next, p.current = text, text
	p.kick(p.drain)
}

// Failed reports whether the last text could not be written.
func (p *Publication) Failed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current == nil
}

func (p *Publication) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.next != nil {
		text := p.next
		p.next = nil
		p.mu.Unlock()
		err := publish(p.Path, text, p.Durable)
		if err != nil && !p.failed {
			p.Logf("write %s: %v; checks go on, further errors are not reported", p.What, err)
		}
		p.mu.Lock()
		if p.failed = err != nil; p.failed {
			p.current = nil
		}
	}
	p.stop()
}

// publish replaces a file's text. What is no regular file (a FIFO, a device) is
// written to as it is, without waiting for a reader, unless another user's
// symbolic link leads to it.
func publish(name string, text []byte, durable bool) error {
	info, err := os.Stat(name)
	if err != nil || info.Mode().IsRegular() || foreignLink(name) {
		return replaceFile(name, text, 0o644, durable)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// foreignLink reports whether name is a symbolic link of a user other than
// root and this one.
func foreignLink(name string) bool {
	info, err := os.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return !ok || st.Uid != 0 && int(st.Uid) != os.Geteuid()
}
