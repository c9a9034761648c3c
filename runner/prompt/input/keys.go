package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"clsh/runner/remote"
)

// A keyMode says what happens to what is typed.
type keyMode uint8

const (
	typing  keyMode = iota // it is for the editor
	running                // it waits; ^C, ^\, ^Z, and Return alone act
	away                   // it is not read: another program has the terminal
)

// The keys that act while a command runs.
const (
	keyInterrupt = 0x03
	keyGiveUp    = 0x07
	keySuspend   = 0x1a
	keyQuit      = 0x1c
	keyReturn    = '\r'
)

// maxAhead is how much is read ahead without a terminal. On a terminal there is no limit: a ^C
// may follow whatever was typed.
const maxAhead = 64 << 10

// keys reads standard input for the editor or the plainReader.
type keys struct {
	in       *os.File
	terminal bool
	pressed  func(key byte) // while running
	wake     *os.File
	waker    *os.File
	wg       sync.WaitGroup
	paste    pasteFilter

	mu     sync.Mutex
	cond   *sync.Cond
	buf    []byte  // with a keyPaste for each of pastes
	pastes []paste // not read yet
	taken  []paste // read, but not taken by the editor yet
	skip   bool    // drop everything up to the end of the line
	mode   keyMode
	reads  bool // the pump waits for input
	end    error
}

// newKeys starts to read in. The caller must call Close.
func newKeys(in *os.File, terminal bool, pressed func(key byte)) (*keys, error) {
	wake, waker, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	k := &keys{in: in, terminal: terminal, pressed: pressed, wake: wake, waker: waker}
	k.cond = sync.NewCond(&k.mu)
	k.wg.Go(k.pump)
	return k, nil
}

// Read waits for input and returns it. At a terminal it returns a paste, or keys up to the end
// of a line: what follows may be for the program that the line starts.
func (k *keys) Read(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for {
		if n := k.next(p); n > 0 {
			k.changed()
			return n, nil
		}
		if k.end != nil {
			return 0, k.end
		}
		k.cond.Wait()
	}
}

// next takes the next keys, or a paste, out of the buffer, and returns 0 if none is whole. The
// caller holds mu.
func (k *keys) next(p []byte) (n int) {
	if !k.terminal {
		n = copy(p, k.buf)
		k.buf = k.buf[n:]
		return n
	}
	if k.skip {
		k.skipLine()
	}
	for n < len(p) {
		size, text := segment(k.buf)
		isPaste := size > 0 && k.buf[0] == keyPaste
		switch {
		case size == 0, n > 0 && (isPaste || text && size >= minRun || size > len(p)-n):
			return n
		case isPaste:
			k.buf = k.buf[1:]
			k.taken, k.pastes = append(k.taken, k.pastes[0]), k.pastes[1:]
			return copy(p, pasteKeys)
		case text && size >= minRun:
			text := bytes.Clone(k.buf[:min(size, remote.MaxCommand+1)])
			k.buf = k.buf[size:]
			k.taken = append(k.taken, paste{text: text, size: size, run: true})
			return copy(p, pasteKeys)
		}
		copied := copy(p[n:], k.buf[:size])
		last := k.buf[copied-1]
		k.buf = k.buf[copied:]
		if n += copied; last == '\r' || last == '\n' {
			return n
		}
	}
	return n
}

// pasteKeys ends a search, or a list of candidates, as ^C does, and then represents a paste.
const pasteKeys = string(rune(keyGiveUp)) + string(rune(keyPaste))

// skipLine drops the rest of a line that was refused. The caller holds mu.
func (k *keys) skipLine() {
	end := bytes.IndexAny(k.buf, "\r\n\x03")
	drop := k.buf
	if end >= 0 {
		drop = k.buf[:end+1]
		k.skip = false
	}
	k.pastes = k.pastes[bytes.Count(drop, []byte{keyPaste}):]
	k.buf = k.buf[len(drop):]
}

// refuse makes Read skip the rest of the line.
func (k *keys) refuse() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.skip = true
}

// takePaste returns the paste that the key keyPaste was read for.
func (k *keys) takePaste() (p paste, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.taken) == 0 {
		return paste{}, false
	}
	p, k.taken = k.taken[0], k.taken[1:]
	return p, true
}

// hungUp reports whether the terminal is gone or reading was stopped: the user has not finished
// the current line.
func (k *keys) hungUp() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.terminal && k.end != nil
}

// push inserts b before everything that waits, as if it had been typed.
func (k *keys) push(b string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.buf = append([]byte(b), k.buf...)
	k.cond.Broadcast()
}

// setMode begins a mode. What was typed after the end of the line that is going to run counts as
// typed while it runs.
func (k *keys) setMode(m keyMode) {
	k.mu.Lock()
	k.mode = m
	var act []byte
	if m == running {
		k.buf, act = k.sort(nil, k.buf)
	}
	k.changed()
	k.mu.Unlock()
	k.act(act)
}

// sort appends the part of b that is for Read to buf, and returns the keys that act. The caller
// holds mu.
func (k *keys) sort(buf, b []byte) (kept, act []byte) {
	for _, c := range b {
		switch {
		case k.terminal && k.mode == running && (c == keyInterrupt || c == keySuspend || c == keyQuit):
			act = append(act, c)
		case k.terminal && k.mode == running && c == keyReturn && atBegin(buf):
			act = append(act, c)
		case k.terminal && c == keyInterrupt:
			// The first key ends only the editor's search, or its list of candidates;
			// the second ends the line.
			buf = append(buf, keyGiveUp, keyInterrupt)
		default:
			buf = append(buf, c)
		}
	}
	return buf, act
}

// atBegin reports whether a key typed after buf begins a line.
func atBegin(buf []byte) bool { return len(buf) == 0 || buf[len(buf)-1] == keyReturn }

// act calls pressed for each key. The caller must not hold mu.
func (k *keys) act(keys []byte) {
	for _, c := range keys {
		k.pressed(c)
	}
}

// wanted reports whether the pump is to read. The caller holds mu.
func (k *keys) wanted() bool { return k.mode != away && (k.terminal || len(k.buf) < maxAhead) }

// changed wakes the pump if it waits for the wrong thing. The caller holds mu.
func (k *keys) changed() {
	if k.wanted() != k.reads {
		k.poke()
	}
}

// poke wakes the pump.
func (k *keys) poke() { _, _ = k.waker.Write([]byte{0}) }

// Close stops reading, drops what waits, and waits for the pump's end.
func (k *keys) Close() error {
	k.stop()
	k.poke()
	k.wg.Wait()
	return errors.Join(k.wake.Close(), k.waker.Close())
}

// stop stops reading and drops what waits.
func (k *keys) stop() {
	k.finish(io.EOF)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.buf, k.pastes = nil, nil
}

// finish ends reading with err. What was typed at a terminal that is gone is dropped: nobody
// would see what it does.
func (k *keys) finish(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.end == nil {
		k.end = err
	}
	if k.terminal {
		k.buf, k.pastes = nil, nil
	}
	k.cond.Broadcast()
}

// pump reads until the end of the input, or Close.
func (k *keys) pump() {
	var b [4 << 10]byte
	for {
		k.mu.Lock()
		over, wanted := k.end != nil, k.wanted()
		k.reads = wanted
		k.mu.Unlock()
		if over {
			return
		}
		fds := []unix.PollFd{{Fd: int32(k.wake.Fd()), Events: unix.POLLIN}, {Fd: int32(k.in.Fd()), Events: unix.POLLIN}}
		if !wanted {
			fds = fds[:1]
		}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			k.finish(fmt.Errorf("wait for standard input: %w", err))
			return
		}
		if fds[0].Revents != 0 {
			_, _ = k.wake.Read(b[:])
			continue
		}
		if len(fds) < 2 || fds[1].Revents == 0 {
			continue
		}
		n, err := unix.Read(int(k.in.Fd()), b[:])
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
		case n <= 0:
			k.finish(io.EOF)
			return
		default:
			k.typed(b[:n])
		}
	}
}

// typed distributes input: to Read, or to act.
func (k *keys) typed(b []byte) {
	if k.terminal {
		b = k.paste.filter(b)
	}
	k.mu.Lock()
	k.pastes, k.paste.done = append(k.pastes, k.paste.done...), nil
	var act []byte
	k.buf, act = k.sort(k.buf, b)
	k.cond.Broadcast()
	k.mu.Unlock()
	k.act(act)
}
