package checker

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"clsh/heat/policy"
	"clsh/runner/proc"

	"golang.org/x/sys/unix"
)

// A Checker runs the checks of one heat, one at a time.
type Checker struct {
	spec     Spec
	captures [2]*capture

	mu     sync.Mutex
	helper *client // nil: checks are process groups only
	stop   byte    // what Stop asked for during the running check: askEnd, askKill or 0
}

// New starts the helper. The caller must call Close. Where the kernel has no
// subreaper or no pidfd, the Checker works without a helper; see Contained.
func New(spec Spec) (*Checker, error) {
	c := &Checker{spec: spec, captures: [2]*capture{newCapture(spec.Keep), newCapture(spec.Keep)}}
	var err error
	c.helper, err = startClient(spec)
	if errors.Is(err, errUnfit) {
		return c, nil
	}
	return c, err
}

// Contained tells whether all descendants of a check are ended with it, and
// not only its process group.
func (c *Checker) Contained() bool { return c.helper != nil }

// Close ends the helper. No check may be running.
func (c *Checker) Close() {
	if c.helper != nil {
		c.helper.close()
	}
}

// Start begins a check. The one before must have ended.
func (c *Checker) Start() *Run {
	if c.helper == nil {
		return c.startGroup()
	}
	c.stop = 0
	r := &Run{done: make(chan Report, 1), stop: c.ask}
	go func() { r.done <- c.run() }()
	return r
}

// ask passes a Stop on to the helper.
func (c *Checker) ask(kill bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop = askEnd
	if kill {
		c.stop = askKill
	}
	// A helper that is gone is noticed by the one who waits for its answer.
	_ = c.helper.send(c.stop)
}

func (c *Checker) run() Report {
	rep, err := c.attempt()
	if errors.Is(err, errBusy) || errors.Is(err, errGone) && rep.Pid == 0 {
		if err = c.replace(); err == nil {
			rep, err = c.attempt()
		}
	}
	if err != nil {
		rep = cannotRun(err)
	}
	return rep
}

// replace puts a new helper into the old one's place.
func (c *Checker) replace() error {
	next, err := startClient(c.spec)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.helper
	c.helper = next
	_ = old.send(askQuit)
	old.close()
	return nil
}

// attempt runs the check once. Its error says that it was not run.
func (c *Checker) attempt() (Report, error) {
	s, err := openStreams(c.captures)
	if err != nil {
		return Report{}, err
	}
	c.mu.Lock()
	if c.stop != 0 {
		c.mu.Unlock()
		s.abandon()
		return Report{Stopped: true}, nil
	}
	err = c.helper.send(askRun, s.w[0], s.w[1])
	c.mu.Unlock()
	if err != nil {
		s.abandon()
		return Report{}, err
	}
	s.began()
	a, err := c.helper.receive()
	var rep Report
	if err == nil {
		rep, err = a.report()
	} else {
		err = fmt.Errorf("the check was lost: %w", errDied)
	}
	s.ended(&rep)
	return rep, err
}

var (
	errBusy  = errors.New("something of an earlier check is still running")
	errGone  = errors.New("the process that runs the checks has gone")
	errDied  = errors.New("the process that runs the checks has died")
	errUnfit = errors.New("this kernel has no subreaper or no pidfd")
)

func (a answer) report() (Report, error) {
	switch a.kind {
	case sayExited:
		return fromStatus(a.pid, syscall.WaitStatus(a.status)), nil
	case sayLimit:
		return Report{Outcome: policy.TimedOut, Code: timedOut, Pid: a.pid, Left: a.extra}, nil
	case sayStopped:
		return Report{Stopped: true, Pid: a.pid, Left: a.extra}, nil
	case sayCannot:
		return Report{}, syscall.Errno(a.extra)
	case sayBusy:
		return Report{}, errBusy
	}
	return Report{}, errAnswer
}

// client is heat's end of the socket, and the helper behind it.
type client struct {
	conn *net.UnixConn
	proc *proc.Process
}

// startWithin bounds how long a helper may take until it is ready.
const startWithin = 20 * time.Second

func startClient(spec Spec) (*client, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make the check helper's socket: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "helper"), os.NewFile(uintptr(pair[1]), "heat")
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	ours.Close()
	if err != nil {
		return nil, fmt.Errorf("open the check helper's socket: %w", err)
	}
	c := &client{conn: conn.(*net.UnixConn)}
	// Linked to the running binary: also after an upgrade has replaced the
	// file, both ends speak the same language.
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: helperArgs(spec), Env: spec.Env,
		Stderr: spec.Stderr, ExtraFiles: []*os.File{theirs},
	}
	if c.proc, err = proc.Start(cmd); err != nil {
		c.conn.Close()
		return nil, fmt.Errorf("start the check helper: %w", err)
	}
	theirs.Close() // before anything is read: its end must be the helper's alone
	if err := c.ready(); err != nil {
		c.close()
		return nil, fmt.Errorf("start the check helper: %w", err)
	}
	return c, nil
}

func helperArgs(spec Spec) []string {
	args := []string{HelperName, strconv.FormatInt(int64(spec.Limit), 10), strconv.FormatInt(int64(spec.Grace), 10), spec.Path}
	return append(args, spec.Args...)
}

func (c *client) ready() error {
	if err := c.conn.SetReadDeadline(time.Now().Add(startWithin)); err != nil {
		return err
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
	return c.conn.SetReadDeadline(time.Time{})
}

func (c *client) send(ask byte, files ...*os.File) error {
	var oob []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		oob = unix.UnixRights(fds...)
	}
	if _, _, err := c.conn.WriteMsgUnix([]byte{ask}, oob, nil); err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}

func (c *client) receive() (answer, error) {
	var b [answerSize + 1]byte
	n, err := c.conn.Read(b[:])
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errGone, err)
	}
	return decode(b[:n])
}

// close closes the socket and waits for the helper's end, which comes when it
// has ended the check that was still running.
func (c *client) close() {
	c.conn.Close()
	c.proc.Reap()
}
