package sink

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"clsh/runner"
)

// flushSize is how much a place collects before it writes, where one event
// makes more than that: short lines under long labels grow.
const flushSize = 256 << 10

// A place is where labelled output of a stream goes: the console or a file.
type place struct {
	w      io.Writer
	name   string   // for errors
	labels [][]byte // `HOST: ` by rank; nil for none
	buf    []byte   // reused by lines
}

// write writes b whole; its error names the place.
func (p *place) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if _, err := p.w.Write(b); err != nil {
		return writeError(p.name, err)
	}
	return nil
}

// label returns what stands before a line of host.
func (p *place) label(host int) []byte {
	if p.labels == nil {
		return nil
	}
	return p.labels[host]
}

// lines writes data, whole lines of host, each under its label, in one write
// unless that would be larger than flushSize.
func (p *place) lines(host int, data []byte) error {
	if p.labels == nil {
		return p.write(data)
	}
	label := p.labels[host]
	buf := p.buf[:0]
	for len(data) > 0 {
		n := bytes.IndexByte(data, '\n') + 1
		if n == 0 {
			n = len(data)
		}
		buf = append(buf, label...)
		buf = append(buf, data[:n]...)
		data = data[n:]
		if len(buf) >= flushSize && len(data) > 0 {
			if err := p.write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	p.buf = buf
	return p.write(buf)
}

// long writes a line of host that has waited in s, newline included.
func (p *place) long(host int, s *spool) error {
	p.buf = append(p.buf[:0], p.label(host)...)
	err := s.each(func(b []byte) error {
		p.buf = append(p.buf, b...)
		if len(p.buf) < flushSize {
			return nil
		}
		err := p.write(p.buf)
		p.buf = p.buf[:0]
		return err
	})
	if err != nil {
		return err
	}
	return p.write(p.buf)
}

// silent writes the line of a host that has printed nothing.
func (p *place) silent(host int) error {
	label := p.label(host)
	if len(label) == 0 {
		return nil
	}
	p.buf = append(p.buf[:0], bytes.TrimSuffix(label, []byte(" "))...)
	p.buf = append(p.buf, '\n')
	return p.write(p.buf)
}

// plainLabels returns the label of each name, without colour.
func plainLabels(names []string) [][]byte {
	labels := make([][]byte, len(names))
	for i, name := range names {
		labels[i] = []byte(name + ": ")
	}
	return labels
}

// appendFile opens path for --out or --err: made where missing, appended to,
// in whole writes (open(2), O_APPEND), so that both options may name one file.
func appendFile(option, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("open %q for %s: %w", path, option, bare(err))
	}
	return f, nil
}

// ran tells whether an outcome is that of a command that began and has come
// to its end, so that its host is shown even when it has printed nothing. A
// host that was lost or stopped is told of elsewhere.
func ran(r *runner.Result) bool {
	switch r.Outcome {
	case runner.Exited, runner.Signaled, runner.Timeout:
		return true
	}
	return false
}
