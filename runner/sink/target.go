package sink

import (
	"bytes"
	"io"

	"clsh/runner/event"
	"clsh/runner/sanitize"
	"clsh/runner/spool"
)

// flushSize is how much a target collects before it writes. One event may make more than that,
// because short lines grow under long labels.
const flushSize = 256 << 10

// A target is where output goes: the console or a file.
type target struct {
	w      io.Writer
	name   string             // for errors
	labels [][]byte           // `HOST: ` by rank; nil for none
	escape bool               // it is a terminal, which hosts must not control
	guard  sanitize.Sanitizer // for escape
	buf    []byte             // not written yet; reused
}

// flush writes what has been collected; its error names the target.
func (p *target) flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	_, err := p.Write(p.buf)
	p.buf = p.buf[:0]
	return err
}

// Write writes b unchanged; its error names the target.
func (p *target) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	if err != nil {
		err = writeError(p.name, err)
	}
	return n, err
}

// add collects text from hosts or ssh.
func (p *target) add(b []byte) {
	if p.escape {
		p.buf = p.guard.Append(p.buf, b)
		return
	}
	p.buf = append(p.buf, b...)
}

// print writes whole lines, which may contain text from hosts or ssh.
func (p *target) print(text string) error {
	p.add([]byte(text))
	return p.flush()
}

// label returns the label of a host's lines.
func (p *target) label(host int) []byte {
	if p.labels == nil {
		return nil
	}
	return p.labels[host]
}

// lines writes data, whole lines of host, each under its label, in one write
// unless that would be larger than flushSize.
func (p *target) lines(host int, data []byte) error {
	if p.labels == nil {
		p.add(data)
		return p.flush()
	}
	label := p.labels[host]
	for len(data) > 0 {
		n := bytes.IndexByte(data, '\n') + 1
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
func (p *target) spool(host int, s *spool.Spool) error {
	p.buf = append(p.buf, p.label(host)...)
	return p.text(s)
}

// text writes all of s, with a newline at its end.
func (p *target) text(s *spool.Spool) error {
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

// silent writes the line for a host that has printed nothing.
func (p *target) silent(host int) error {
	label := p.label(host)
	if len(label) == 0 {
		return nil
	}
	p.buf = append(p.buf, bytes.TrimSuffix(label, []byte(" "))...)
	p.buf = append(p.buf, '\n')
	return p.flush()
}

// isSilent reports whether a host that printed nothing gets its label alone: its command ran. A
// copy is reported in the summary.
func isSilent(r *event.Result) bool { return ran(r) && r.Copied == "" }

// ran reports whether a command began and ended, so that its host is shown even if it printed
// nothing. Hosts that were lost or stopped are reported elsewhere.
func ran(r *event.Result) bool {
	switch r.Outcome {
	case event.Exited, event.Signaled, event.Timeout:
		return true
	}
	return false
}
