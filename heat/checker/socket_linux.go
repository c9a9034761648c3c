package checker

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"clsh/runner/proc"

	"golang.org/x/sys/unix"
)

// client is heat's end of the socket, and the helper behind it.
type client struct {
	fd     int
	waiter *waiter // for the socket, and for a check's output
	proc   *proc.Process
}

// startWithin bounds how long a helper may take until it is ready.
const startWithin = 20 * time.Second

func startClient(spec Spec) (*client, error) {
	if err := ownProc(); err != nil {
		return nil, fmt.Errorf("%w: /proc: %w", errUnfit, err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make the check helper's socket: %w", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "heat")
	w, err := newWaiter(pair[0])
	if err != nil {
		unix.Close(pair[0])
		theirs.Close()
		return nil, err
	}
	c := &client{fd: pair[0], waiter: w}
	// Linked to the running binary: also after an upgrade has replaced the
	// file, both ends speak the same language.
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: append([]string{HelperName}, spec.words()...), Env: spec.Env, ExtraFiles: []*os.File{theirs},
	}
	if spec.Stderr != nil {
		cmd.Stderr = spec.Stderr
	}
	c.proc, err = proc.Start(cmd)
	theirs.Close() // its end must be the helper's alone
	if err == nil {
		err = c.ready()
	}
	if err != nil {
		c.close()
		return nil, fmt.Errorf("start the check helper: %w", err)
	}
	return c, nil
}

func (c *client) ready() error {
	ready, err := c.waiter.wait(time.Now().Add(startWithin))
	if err != nil {
		return err
	}
	if len(ready) == 0 {
		return fmt.Errorf("it is not ready after %v", startWithin)
	}
	a, err := c.receive()
	switch {
	case err != nil:
		return err
	case a.kind == sayUnfit:
		return fmt.Errorf("%w: %w", errUnfit, syscall.Errno(a.extra))
	case a.kind != sayReady:
		return errAnswer
	}
	return nil
}

// send sends a request; job is what a shared helper is to run.
func (c *client) send(ask byte, job string, fds ...int) error {
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	if err := sendNow(c.fd, append([]byte{ask}, job...), oob); err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}

// receive takes an answer that the waiter has seen.
func (c *client) receive() (answer, error) {
	var b [answerSize + 1]byte
	n, _, err := receiveNow(c.fd, b[:], nil)
	switch {
	case err != nil:
		return answer{}, fmt.Errorf("%w: %w", errGone, err)
	case n == 0:
		return answer{}, errGone
	}
	return decode(b[:n])
}

// close closes the socket and waits for the helper's end, which comes when it
// has ended the check that was still running.
func (c *client) close() {
	c.waiter.close()
	unix.Close(c.fd)
	if c.proc != nil {
		c.proc.Reap()
	}
}

// pipes are for the output of one check. The writing ends stay open here until
// the check is over: its end comes as the helper's answer, and the end of the
// pipes would only wake heat once more.
type pipes struct{ r, w [2]int }

// openPipes makes them. Only the reading ends are non-blocking; a check would
// not expect it of its own.
func openPipes() (*pipes, error) {
	p := &pipes{r: [2]int{-1, -1}, w: [2]int{-1, -1}}
	for i := range p.r {
		var fds [2]int
		err := unix.Pipe2(fds[:], unix.O_CLOEXEC)
		if err == nil {
			p.r[i], p.w[i] = fds[0], fds[1]
			err = setNonblock(fds[0])
		}
		if err != nil {
			p.close()
			return nil, fmt.Errorf("make a pipe for the check's output: %w", err)
		}
	}
	return p, nil
}

func (p *pipes) close() {
	for _, fd := range []int{p.r[0], p.r[1], p.w[0], p.w[1]} {
		if fd >= 0 {
			closeNow(fd)
		}
	}
}
