package sink

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"clsh/runner/event"
	"clsh/runner/files"
	"clsh/runner/sanitize"
	"clsh/runner/spool"
)

// flushSize is how much a place collects before it writes, where one event
// makes more than that: short lines under long labels grow.
const flushSize = 256 << 10

// A place is where output is shown: the console or a file.
type place struct {
	w      io.Writer
	name   string             // for errors
	labels [][]byte           // `HOST: ` by rank; nil for none
	escape bool               // it is a terminal, to be guarded against what hosts send
	guard  sanitize.Sanitizer // for escape
	buf    []byte             // what is to be written, reused
}

// flush writes what has been collected; its error names the place.
func (p *place) flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	_, err := p.w.Write(p.buf)
	p.buf = p.buf[:0]
	if err != nil {
		return writeError(p.name, err)
	}
	return nil
}

// Write writes b as it is; its error names the place.
func (p *place) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	if err != nil {
		err = writeError(p.name, err)
	}
	return n, err
}

// add collects what hosts or ssh have said.
func (p *place) add(b []byte) {
	if p.escape {
		p.buf = p.guard.Append(p.buf, b)
		return
	}
	p.buf = append(p.buf, b...)
}

// tell writes text of several sources, complete lines.
func (p *place) tell(text string) error {
	p.add([]byte(text))
	return p.flush()
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
		p.add(data)
		return p.flush()
	}
	label := p.labels[host]
	for len(data) > 0 {
		n := bytes.IndexByte(data, '\n') + 1
		if n == 0 {
			n = len(data)
		}
		p.buf = append(p.buf, label...)
		p.add(data[:n])
		data = data[n:]
		if len(p.buf) >= flushSize {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	return p.flush()
}

// spool writes all of s after the host's label, with a newline at its end.
func (p *place) spool(host int, s *spool.Spool) error {
	p.buf = append(p.buf, p.label(host)...)
	return p.text(s)
}

// text writes all of s, with a newline at its end.
func (p *place) text(s *spool.Spool) error {
	err := s.Each(func(b []byte) error {
		p.add(b)
		if len(p.buf) < flushSize {
			return nil
		}
		return p.flush()
	})
	if err != nil {
		return err
	}
	if s.Size() > 0 && s.Last() != '\n' {
		p.add([]byte{'\n'})
	}
	return p.flush()
}

// silent writes the line of a host that has printed nothing.
func (p *place) silent(host int) error {
	label := p.label(host)
	if len(label) == 0 {
		return nil
	}
	p.buf = append(p.buf, bytes.TrimSuffix(label, []byte(" "))...)
	p.buf = append(p.buf, '\n')
	return p.flush()
}

// plainLabels returns the label of each name, without colour.
func plainLabels(names []string) [][]byte {
	labels := make([][]byte, len(names))
	for i, name := range names {
		labels[i] = []byte(name + ": ")
	}
	return labels
}

// appendFile opens path for --out or --err, so that both options may name one file.
func appendFile(option, path string) (*os.File, error) {
	f, err := files.Append(path, files.Stream)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", option, path, bare(err))
	}
	return f, nil
}

// ran tells whether an outcome is that of a command that began and has come
// to its end, so that its host is shown even when it has printed nothing. A
// host that was lost or stopped is told of elsewhere.
func ran(r *event.Result) bool {
	switch r.Outcome {
	case event.Exited, event.Signaled, event.Timeout:
		return true
	}
	return false
}
