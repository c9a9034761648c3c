package conn

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"clsh/runner/event"
	"clsh/runner/remote"
)

// bufferSize is the size of a read, and so of the largest piece of a line that
// is passed on: ssh writes at most 32 KiB at a time.
const bufferSize = 64 << 10

// muchRead is how many bytes, read without a wait, are so many that the next are not gathered: the
// pipe, which has room for 64 KiB (pipe(7)), must not hold up ssh.
const muchRead = 16 << 10

// A bufferPool lends out read buffers, at most 32: 2 MB for any number of hosts.
type bufferPool struct{ free chan []byte }

func newBufferPool() bufferPool {
	p := bufferPool{make(chan []byte, 32)}
	for range cap(p.free) {
		p.free <- nil // made when first lent
	}
	return p
}

func (p bufferPool) get() []byte {
	if b := <-p.free; b != nil {
		return b
	}
	return make([]byte, bufferSize)
}

func (p bufferPool) put(b []byte) { p.free <- b }

// maxNoise is how much of a login's noise is kept: its end may say why there
// was no shell.
const maxNoise = 4 << 10

// A reader reads one stream of a session to its end and passes output on.
type reader struct {
	host     int
	stream   event.Stream
	file     *os.File
	framer   *remote.Framer
	buffers  bufferPool
	activity *activity
	emit     func(event.Event)
	gather   func() // nil: what comes is read at once (Session.Gather)
	verbose  bool   // noise is passed on, as a Note
	pulse    *pulse
	wg       sync.WaitGroup

	carry []byte      // an unfinished line
	doubt []byte      // a line that may be ssh's own
	note  []byte      // an unfinished line of noise, where verbose
	any   atomic.Bool // some output has come

	// For the supervisor once the reader has finished.
	noise []byte // the last of what came before the command
	own   []byte // what ssh wrote at the end of the connection
}

// connect makes the framer pass the stream's output to emit, and its marks to marks.
func (rd *reader) connect(framer *remote.Framer, marks chan<- Mark) {
	framer.Output = rd.output
	framer.Noise = rd.addNoise
	framer.Mark = func(m remote.Mark) {
		rd.endNote()
		marks <- Mark{m, rd.stream}
	}
	rd.framer = framer
}

func (rd *reader) start() { rd.wg.Go(rd.run) }

// finish reads what is left in the pipe and waits for the reader's end. ssh has
// ended: whoever still holds the pipe is not waited for.
func (rd *reader) finish() {
	// A deadline wakes the reader, which then takes what is there.
	_ = rd.file.SetReadDeadline(time.Unix(1, 0))
	rd.wg.Wait()
	_ = rd.file.Close()
}

func (rd *reader) run() {
	conn, err := rd.file.SyscallConn()
	if err != nil {
		return
	}
	for came := 0; ; {
		n, waited := -1, false
		// Each read is followed by another: an end that came with the data is
		// not told by the poller again.
		err := conn.Read(func(fd uintptr) bool {
			if waited {
				if rd.gather != nil && came < muchRead {
					rd.gather()
				}
				came = 0
			}
			n, waited = rd.readOnce(int(fd)), true
			return n >= 0
		})
		came += n
		if errors.Is(err, os.ErrDeadlineExceeded) {
			// Not waited for, but read to the last byte of now: who
			// still holds the pipe may write for ever.
			_ = conn.Control(rd.readRest)
			break
		}
		if n <= 0 {
			break
		}
	}
	rd.last()
}

// readRest reads what is in the pipe.
func (rd *reader) readRest(fd uintptr) {
	left, err := unix.IoctlGetInt(int(fd), waiting)
	for n := 0; err == nil && left > 0; left -= n {
		if n = rd.readOnce(int(fd)); n <= 0 {
			return
		}
	}
}

// readOnce reads once without waiting, and passes on what came. It returns -1
// where there is nothing yet, 0 at the end or an error.
func (rd *reader) readOnce(fd int) (n int) {
	rd.pulse.begins()
	defer func() { rd.pulse.ends(n) }()
	buf := rd.buffers.get()
	defer rd.buffers.put(buf)
	have := copy(buf, rd.carry)
	for {
		n, err := unix.Read(fd, buf[have:])
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return -1
		case err != nil || n <= 0:
			return 0
		}
		rd.activity.add(n)
		data := buf[:have+n]
		used := rd.framer.Feed(data, len(data) == len(buf), false)
		rd.carry = append(rd.carry[:0], data[used:]...)
		return n
	}
}

// last passes on what the end of the stream leaves.
func (rd *reader) last() {
	rd.framer.Feed(rd.carry, true, true)
	rd.endNote()
	rd.own, rd.carry, rd.doubt = rd.doubt, nil, nil
}

// output passes output on. The last line on standard error waits where it may
// be what ssh says when a connection ends.
func (rd *reader) output(p []byte) {
	rd.endNote()
	if rd.doubt != nil {
		rd.pass(rd.doubt)
		rd.doubt = nil
	}
	if rd.stream == event.Stderr && rd.pulse == nil && p[len(p)-1] == '\n' {
		line := p[bytes.LastIndexByte(p[:len(p)-1], '\n')+1:]
		if remote.OwnLine(line) {
			rd.doubt = bytes.Clone(line)
			p = p[:len(p)-len(line)]
		}
	}
	rd.pass(p)
}

func (rd *reader) pass(p []byte) {
	if len(p) == 0 {
		return
	}
	rd.any.Store(true)
	rd.emit(event.Event{Kind: event.Output, Host: rd.host, Stream: rd.stream, Data: p})
}

// addNoise takes what came besides the command's output.
func (rd *reader) addNoise(p []byte) {
	if rd.verbose {
		rd.addNote(p)
	}
	rd.noise = append(rd.noise, p...)
	if over := len(rd.noise) - maxNoise; over > 0 {
		rest := rd.noise[over:]
		whole := bytes.IndexByte(rd.noise[over-1:], '\n') // of a line that was cut, nothing is kept
		if whole >= 0 {
			rest = rest[whole:]
		}
		rd.noise = append(rd.noise[:0], rest...)
	}
}

// addNote passes on whole lines, as they come; a line of more than maxNoise bytes
// in pieces.
func (rd *reader) addNote(p []byte) {
	rd.note = append(rd.note, p...)
	whole := bytes.LastIndexByte(rd.note, '\n') + 1
	if len(rd.note)-whole > maxNoise {
		whole = len(rd.note)
	}
	if whole > 0 {
		if text := remote.Untag(rd.note[:whole]); len(text) > 0 {
			rd.emit(event.Event{Kind: event.Note, Host: rd.host, Stream: rd.stream, Data: text})
		}
		rd.note = append(rd.note[:0], rd.note[whole:]...)
	}
}

// endNote passes on a line that will not be finished.
func (rd *reader) endNote() {
	if len(rd.note) > 0 {
		rd.emit(event.Event{Kind: event.Note, Host: rd.host, Stream: rd.stream, Data: rd.note})
		rd.note = nil
	}
}

// lastLine returns the last line of p that is not blank, as one line of text.
func lastLine(p []byte) string {
	p = bytes.TrimSpace(p)
	last := bytes.LastIndexByte(p, '\n') + 1
	if last > 0 && bytes.HasPrefix(p[last:], []byte("This incident ")) { // sudo's; the reason comes before it
		return lastLine(p[:last])
	}
	return string(bytes.ToValidUTF8(bytes.TrimSpace(p[last:]), []byte("?")))
}
