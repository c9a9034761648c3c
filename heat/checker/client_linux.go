package checker

import (
	"errors"
	"slices"
	"sync"
	"syscall"
	"time"

	"clsh/heat/executable"
	"clsh/heat/policy"
)

// A Checker runs the checks of one heat, one at a time.
type Checker struct {
	spec     Spec
	captures [2]*capture

	mu     sync.Mutex
	helper *client // nil: checks are process groups only; with a pool, none runs now
	stop   byte    // what Stop asked for during the running check: askEnd, askKill or 0

	pool    *Pool         // that lends the helper; nil: it is the Checker's own
	stopped chan struct{} // with a pool: closed by the first Stop
}

// New starts the helper. The caller must call Close. Where the kernel has no
// subreaper or no pidfd, the Checker works without a helper; see Contained.
func New(spec Spec) (*Checker, error) {
	c := &Checker{spec: spec, captures: spec.captures()}
	var err error
	c.helper, err = startClient(spec)
	if errors.Is(err, errUnfit) {
		return c, nil
	}
	return c, err
}

// Contained tells whether all descendants of a check are ended with it, and
// not only its process group.
func (c *Checker) Contained() bool { return c.helper != nil || c.pool.contained() }

// Close ends the helper. No check may be running.
func (c *Checker) Close() {
	if c.helper != nil && c.pool == nil {
		c.helper.close()
	}
}

// Start begins a check. The one before must have ended.
func (c *Checker) Start() *Run {
	if !c.Contained() {
		return startGroup(c.spec, c.captures)
	}
	c.stop, c.stopped = 0, make(chan struct{})
	r := &Run{done: make(chan Report, 1), stop: c.ask}
	go func() { r.done <- c.run() }()
	return r
}

// ask passes a Stop on to the helper.
func (c *Checker) ask(kill bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop == 0 {
		close(c.stopped)
	}
	c.stop = askEnd
	if kill {
		c.stop = askKill
	}
	if c.helper != nil {
		// A helper that is gone is noticed by the one who waits for its answer.
		_ = c.helper.send(c.stop, "")
	}
}

// asked returns what Stop asked for.
func (c *Checker) asked() byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stop
}

func (c *Checker) run() Report {
	if c.pool != nil {
		if err := c.borrow(); err != nil {
			return cannotRun(err)
		}
		defer c.giveBack()
	}
	rep, err := c.attempt()
	// Gone is a helper that died between two checks: nothing has run.
	if errors.Is(err, errBusy) || errors.Is(err, errGone) {
		if err = c.replace(); err == nil {
			rep, err = c.attempt()
		}
	}
	if err != nil {
		return cannotRun(err)
	}
	return couldRun(c.spec.Path, rep)
}

// replace puts a new helper into the old one's place.
func (c *Checker) replace() error {
	next, err := c.startHelper()
	if err != nil {
		return err
	}
	c.mu.Lock()
	old := c.helper
	c.helper = next
	c.mu.Unlock()
	_ = old.send(askQuit, "")
	old.close()
	return nil
}

// attempt runs the check once. Its error says that it was not run.
func (c *Checker) attempt() (Report, error) {
	if c.pool == nil {
		setSubreaper(1) // for endLost
		defer setSubreaper(0)
	}
	p, err := openPipes()
	if err != nil {
		return Report{}, err
	}
	defer p.close()
	c.mu.Lock()
	if c.stop != 0 || c.helper == nil {
		c.mu.Unlock()
		return Report{Stopped: true}, nil
	}
	err = c.helper.send(askRun, c.job(), p.w[:]...)
	c.mu.Unlock()
	if err != nil {
		return Report{}, err
	}
	a, err := c.collect(p)
	switch {
	case err != nil && c.pool != nil:
		return c.endLent(), nil
	case err != nil:
		return endLost(c.helper.proc, c.spec.Grace, c.asked), nil
	}
	rep, err := a.report()
	if a.kind == sayCannot {
		err = executable.Explain(c.spec.Path, err)
	}
	rep.Stdout, rep.Stderr = c.captures[0].out, c.captures[1].out
	return rep, err
}

// collect reads the check's output until the helper's answer has come.
func (c *Checker) collect(p *pipes) (a answer, err error) {
	w := c.helper.waiter
	for i, fd := range p.r {
		c.captures[i].reset()
		if err := w.add(fd); err != nil {
			return answer{}, err
		}
		defer w.remove(fd)
	}
	for {
		ready, err := w.wait(time.Time{})
		if err != nil {
			return answer{}, err
		}
		for i, fd := range p.r {
			if slices.Contains(ready, int32(fd)) {
				c.captures[i].takeFrom(fd)
			}
		}
		if slices.Contains(ready, int32(c.helper.fd)) {
			break
		}
	}
	a, err = c.helper.receive()
	for i, fd := range p.r {
		c.captures[i].takeFrom(fd)
	}
	return a, err
}

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
