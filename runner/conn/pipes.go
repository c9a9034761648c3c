package conn

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/creack/pty"
)

// pipes are the streams between clsh and one client.
type pipes struct {
	stdin, stdout, stderr *os.File // ours
	child                 [3]*os.File
}

// newPipes returns the pipes of a session.
func (o *Options) newPipes() (*pipes, error) {
	p := &pipes{}
	var errs [3]error
	switch {
	case o.TTY:
		errs[0] = p.openTerminal(o.Size)
	case o.Raw && !o.SendsData():
		p.child[0], errs[0] = os.Open(os.DevNull)
	default:
		p.child[0], p.stdin, errs[0] = os.Pipe()
	}
	p.stdout, p.child[1], errs[1] = os.Pipe()
	p.stderr, p.child[2], errs[2] = os.Pipe()
	if err := errors.Join(errs[:]...); err != nil {
		p.closeChildEnds()
		p.closeOwnEnds()
		return nil, fmt.Errorf("open the pipes of a session (the limit of open files is seen with ulimit -n): %w", err)
	}
	return p, nil
}

// openTerminal makes a terminal of our own ssh's standard input: ssh(1) gives
// the remote one its modes and its size, and makes this one raw. Nothing is
// written to it before that: the agent's answer comes first.
func (p *pipes) openTerminal(size Size) error {
	own, child, err := pty.Open()
	if err != nil {
		return fmt.Errorf("open a terminal: %w", err)
	}
	p.stdin, p.child[0] = own, child
	if err := pty.Setsize(own, &pty.Winsize{Rows: size.Rows, Cols: size.Cols}); err != nil {
		return fmt.Errorf("set the terminal's size: %w", err)
	}
	return nil
}

// command returns the command for args with these streams. Its program is looked for in PATH.
func (p *pipes) command(args, environ []string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = environ, p.child[0], p.child[1], p.child[2]
	return cmd
}

func (p *pipes) closeChildEnds() { closeFiles(p.child[:]...) }

func (p *pipes) closeOwnEnds() { closeFiles(p.stdin, p.stdout, p.stderr) }

// closeFiles closes what is open. There is nothing to be learned from closing a
// pipe.
func closeFiles(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}
