package prompt

import (
	"errors"
	"io"
	"os/exec"
	"syscall"
	"time"
)

// pipeGrace is how long the output of a local command may continue after the command has
// ended: a background process may keep the pipe open.
const pipeGrace = 100 * time.Millisecond

// local runs a command here and shows its output like the Python clsh: the label once,
// before the first line.
func (s *session) local(command string) error {
	s.results.reset()
	if _, err := s.screen.Write([]byte(rule)); err != nil {
		return bare(err)
	}
	out := &labelled{w: s.out}
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.cfg.Environ, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = pipeGrace
	if err := cmd.Start(); err != nil {
		return s.printLine("run it here: %s", err)
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

// waitLocal waits for a command's end. It passes ^C and signals to the command's process
// group; the second one kills it.
func (s *session) waitLocal(cmd *exec.Cmd) error {
	stopping := false
	wait := func() { _ = cmd.Wait() } // nobody asks for its status
	return s.attend(wait, func(sig syscall.Signal) {
		pass := sig
		if sig == 0 {
			pass = syscall.SIGINT
		} else {
			s.ended = sig
		}
		if stopping {
			pass = syscall.SIGKILL
		}
		stopping = true
		_ = syscall.Kill(-cmd.Process.Pid, pass)
	})
}

// A labelled writer writes the label before the first byte.
type labelled struct {
	w    io.Writer
	last byte
	any  bool
}

// Write writes b, after the label if it is the first.
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

// end ends the last line; without output it writes the label alone.
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

// runOnTerminal runs a program that has the terminal to itself: command, or a shell where
// it is empty.
func (s *session) runOnTerminal(command string) error {
	if !s.cfg.Terminal {
		return ownError("there is no terminal to hand over; !command runs a command here")
	}
	cmd := exec.Command(s.cfg.Shell)
	if command != "" {
		cmd = exec.Command("/bin/sh", "-c", command)
	}
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.cfg.Environ, s.cfg.Stdin, s.cfg.Stdout, s.cfg.Stderr
	if err := s.input.Release(); err != nil {
		return err
	}
	var err error
	s.shells.Beside(func() { err = s.waitOnTerminal(cmd) })
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return ownError(err.Error())
	}
	return nil
}

// waitOnTerminal runs cmd. The terminal's keys that send signals are for cmd: their signals
// reach this process, too, which ignores them.
func (s *session) waitOnTerminal(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	var err error
	act := func(sig syscall.Signal) {
		if sig == syscall.SIGTERM || sig == syscall.SIGHUP {
			s.ended = sig
			_ = cmd.Process.Signal(sig)
		}
	}
	if err := s.attend(func() { err = cmd.Wait() }, act); err != nil {
		return err
	}
	for {
		select {
		case sig := <-s.cfg.Signals: // one that arrived with the end
			number, _ := sig.(syscall.Signal)
			act(number)
		default:
			return err
		}
	}
}
