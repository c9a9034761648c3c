package proc

import (
	"errors"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// errReaped reports that a process is over and its number may be a stranger's.
var errReaped = errors.New("process has ended and was reaped")

// Status is how a process ended.
type Status struct {
	// Code is the exit status, or 128 + n where signal n ended it, as
	// shells count (POSIX, 2.8.2).
	Code int
	// Signal is the signal that ended the process, or 0.
	Signal syscall.Signal
}

// A Process is a started child that leads its own session and group.
// Its methods may be called from several goroutines.
type Process struct {
	process *os.Process // not the exec.Cmd: its arguments may be a script of 20 KB
	exited  chan struct{}

	mu    sync.Mutex       // held over every kill, so that none comes after the reaping
	state *os.ProcessState // nil: it was not reaped
	alone bool
}

// Start starts cmd as the leader of a session of its own. Its streams must be
// files or nil: os/exec's copying goroutines would tie its end to the end of
// whoever inherits a pipe. The caller must call Wait once.
func Start(cmd *exec.Cmd) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{process: cmd.Process, exited: make(chan struct{})}
	go func() {
		defer close(p.exited)
		awaitExit(p.process)
	}()
	return p, nil
}

// Pid returns the leader's process number, which is also its group's.
func (p *Process) Pid() int { return p.process.Pid }

// Exited is closed when the leader has ended. It has not been reaped then.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// LeaveGroup says that the rest of the group is not the leader's any more: Signal
// and what is built on it reach the leader only. An ssh that has left its
// connection to a master of its own (ControlPersist) leaves its ProxyCommand
// there, too, but in this group.
func (p *Process) LeaveGroup() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alone = true
}

// Signal sends sig to the whole group, or returns an error where it was reaped: its
// number may be a stranger's then.
// A group that has no living member is no error.
func (p *Process) Signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != nil {
		return errReaped
	}
	target := -p.Pid()
	if p.alone {
		target = p.Pid()
	}
	err := syscall.Kill(target, sig)
	if err == syscall.ESRCH || err == syscall.EPERM && p.isOver() {
		// Darwin answers EPERM for a group of zombies only.
		return nil
	}
	return err
}

func (p *Process) isOver() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// Wait waits for the leader's end, kills what is left of its group, reaps it,
// and returns how it ended.
func (p *Process) Wait() Status {
	<-p.exited
	_ = p.Signal(syscall.SIGKILL)
	return p.Reap()
}

// Reap waits for the leader's end and reaps it. The rest of its group is left
// alone: for a hook, whose children may be the service that it started.
func (p *Process) Reap() Status {
	<-p.exited
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == nil {
		p.state, _ = p.process.Wait() // it has exited and is our child: there is no error
	}
	ws := p.state.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		return Status{Code: 128 + int(ws.Signal()), Signal: ws.Signal()}
	}
	return Status{Code: ws.ExitStatus()}
}
