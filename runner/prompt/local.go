package prompt

import (
	"errors"
	"io"
	"os/exec"
	"syscall"
	"time"
)

// pipeGrace is how long the output of a local command is waited for that has
// ended: what it left in the background may hold the pipe.
const pipeGrace = 100 * time.Millisecond

// local runs a command here and shows its output as the original does: the label
// once, before the first line.
func (s *session) local(command string) error {
	s.kept.reset()
	if _, err := s.screen.Write([]byte(rule)); err != nil {
		return bare(err)
	}
	out := &labelled{w: s.out}
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.cfg.Environ, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = pipeGrace
	if err := cmd.Start(); err != nil {
		return s.tell("run it here: %s", err)
	}
	if err := s.waitLocal(cmd); err != nil {
		return err
	}
	if err := out.end(); err != nil {
		return bare(err)
	}
	_, err := s.screen.Write([]byte(rule))
	return bare(err)
}

// waitLocal waits for a command's end. ^C and signals are passed to its group; a
// second one kills it.
func (s *session) waitLocal(cmd *exec.Cmd) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // its status is its own affair
	}()
	again := false
	return s.attend(done, func(sig syscall.Signal) {
		pass := sig
		if sig == 0 {
			pass = syscall.SIGINT
		} else {
			s.ended = sig
		}
		if again {
			pass = syscall.SIGKILL
		}
		again = true
		_ = syscall.Kill(-cmd.Process.Pid, pass)
	})
}

// labelled writes the label before the first byte.
type labelled struct {
	w    io.Writer
	last byte
	any  bool
}

func (l *labelled) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if !l.any {
		l.any = true
		if _, err := io.WriteString(l.w, "LOCAL: "); err != nil {
			return 0, err
		}
	}
	l.last = b[len(b)-1]
	return l.w.Write(b)
}

// end ends the last line, and stands for what printed nothing.
func (l *labelled) end() error {
	text := ""
	switch {
	case !l.any:
		text = "LOCAL:\n"
	case l.last != '\n':
		text = "\n"
	}
	_, err := io.WriteString(l.w, text)
	return err
}

// owner runs a program that owns the terminal: a command, or for an empty one a
// shell.
func (s *session) owner(command string) error {
	if s.tty == nil {
		return ownError("there is no terminal to hand over; !command runs a command here")
	}
	cmd := exec.Command(s.cfg.Shell)
	if command != "" {
		cmd = exec.Command("/bin/sh", "-c", command)
	}
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.cfg.Environ, s.cfg.Stdin, s.cfg.Stdout, s.cfg.Stderr
	s.keys.setMode(away)
	e, _ := s.reader.(*editor)
	if err := e.leave(); err != nil {
		return err
	}
	var err error
	s.shells.Beside(func() { err = s.runOwner(cmd) })
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return ownError(err.Error())
	}
	return nil
}

// runOwner runs cmd. The keys of the terminal that make signals are its own: they
// reach this process, too, and mean nothing here.
func (s *session) runOwner(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = cmd.Wait()
	}()
	act := func(sig syscall.Signal) {
		if sig == syscall.SIGTERM || sig == syscall.SIGHUP {
			s.ended = sig
			_ = cmd.Process.Signal(sig)
		}
	}
	if err := s.attend(done, act); err != nil {
		return err
	}
	for {
		select {
		case sig := <-s.cfg.Signals: // one that came with the end
			number, _ := sig.(syscall.Signal)
			act(number)
		default:
			return err
		}
	}
}
