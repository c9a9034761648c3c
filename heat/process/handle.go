package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// A Handle holds a process, so that its number, used again, never makes heat signal a stranger.
type Handle struct {
	proc *os.Process
	gone <-chan struct{}
	stop func()
}

// Open holds the process pid. The error is os.ErrProcessDone if there is no such process, or only a
// zombie, and fs.ErrPermission if this user may not signal it. The caller must call Close.
func Open(pid int) (*Handle, error) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil, os.ErrProcessDone
	}
	err = p.Signal(syscall.Signal(0))
	switch {
	case errors.Is(err, os.ErrProcessDone), errors.Is(err, fs.ErrPermission):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("signal process %d: %w", pid, err)
	}
	h := &Handle{proc: p}
	h.gone, h.stop = watchExit(p)
	select {
	case <-h.gone: // a zombie, which can be signalled
		h.Close()
		return nil, os.ErrProcessDone
	default:
		return h, nil
	}
}

// Close stops watching the process.
func (h *Handle) Close() { h.stop() }

// Gone returns a channel that is closed when the process has ended; nil where that cannot be
// watched.
func (h *Handle) Gone() <-chan struct{} { return h.gone }

// Signal signals the process and returns its number. The error is os.ErrProcessDone if the process
// has ended.
func (h *Handle) Signal(s syscall.Signal) (pid int, err error) {
	select {
	case <-h.gone:
		return h.proc.Pid, os.ErrProcessDone
	default:
		return h.proc.Pid, h.proc.Signal(s)
	}
}
