package prompt

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

// keyMode says what becomes of what is typed.
type keyMode uint8

const (
	typing  keyMode = iota // for the editor
	running                // kept; ^C, ^\, ^Z, and Return alone act
	away                   // left alone: another program has the terminal
)

// The keys that act while a command runs.
const (
	keyInterrupt = 0x03
	keyGiveUp    = 0x07
	keySuspend   = 0x1a
	keyQuit      = 0x1c
	keyReturn    = '\r'
)

// maxAhead is how much is read ahead of what is no terminal. There may be a ^C
// behind whatever was typed at one.
const maxAhead = 64 << 10

// keys reads standard input, and is what the editor reads.
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
	taken  []paste // read, and not taken by the editor
	skip   bool    // up to the end of the line
	mode   keyMode
	end    error
}

// newKeys begins to read in. The caller must call Close.
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

// Read returns what was typed, and waits for it. At a terminal it returns keys up to
// the end of a line, for what follows may be for what that line starts, or a paste.
func (k *keys) Read(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for {
		if n := k.next(p); n > 0 {
			k.poke()
			return n, nil
		}
		if k.end != nil {
			return 0, k.end
		}
		k.cond.Wait()
	}
}

// next takes the next keys, or a paste, out of the buffer; 0: none is whole. The
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

// pasteKeys end a search, or a list of candidates, before the paste, as ^C does.
const pasteKeys = string(rune(keyGiveUp)) + string(rune(keyPaste))

// skipLine drops what belongs to a line that was refused. The caller holds mu.
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

// refuse makes Read leave out the rest of the line.
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

// hungUp reports whether the terminal has gone, or the reading was ended: what stands
// in the line was not finished by whoever typed it.
func (k *keys) hungUp() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.terminal && k.end != nil
}

// push is as if b were typed before all that waits.
func (k *keys) push(b string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.buf = append([]byte(b), k.buf...)
	k.cond.Broadcast()
}

// setMode begins a mode. What was typed since the end of the line that is to run
// was typed while it runs.
func (k *keys) setMode(m keyMode) {
	k.mu.Lock()
	k.mode = m
	var act []byte
	if m == running {
		k.buf, act = k.sort(nil, k.buf)
	}
	k.poke()
	k.mu.Unlock()
	k.act(act)
}

// sort appends what is to be read of b to buf, and returns the keys that act.
// The caller holds mu.
func (k *keys) sort(buf, b []byte) (kept, act []byte) {
	for _, c := range b {
		switch {
		case k.terminal && k.mode == running && (c == keyInterrupt || c == keySuspend || c == keyQuit):
			act = append(act, c)
		case k.terminal && k.mode == running && c == keyReturn && atBegin(buf):
			act = append(act, c)
		case k.terminal && c == keyInterrupt:
			// The first ends the editor's search, or its list of
			// candidates, and is nothing else; the second ends the line.
			buf = append(buf, keyGiveUp, keyInterrupt)
		default:
			buf = append(buf, c)
		}
	}
	return buf, act
}

// atBegin reports whether what is typed behind buf begins a line.
func atBegin(buf []byte) bool { return len(buf) == 0 || buf[len(buf)-1] == keyReturn }

func (k *keys) act(keys []byte) {
	for _, c := range keys {
		k.pressed(c)
	}
}

// poke makes the pump look again.
func (k *keys) poke() { _, _ = k.waker.Write([]byte{0}) }

// Close ends the reading; what waits is given up.
func (k *keys) Close() error {
	k.stop()
	k.poke()
	k.wg.Wait()
	return errors.Join(k.wake.Close(), k.waker.Close())
}

// stop ends the reading; what waits is given up.
func (k *keys) stop() {
	k.finish(io.EOF)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.buf, k.pastes = nil, nil
}

// finish ends the reading at the end of the input. With a terminal goes what was
// typed at it: nobody is there to see what it does.
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
		over, wanted := k.end != nil, k.mode != away && (k.terminal || len(k.buf) < maxAhead)
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

// typed takes what was read.
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
