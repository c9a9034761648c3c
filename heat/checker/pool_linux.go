package checker

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
)

// A Pool has the helpers of Checkers that run beside each other: each check borrows one. At most so
// many run at a time as the pool has slots; a check for which there is none waits.
//
// Beside other checks and hooks, heat cannot be the subreaper for the case that a helper is killed:
// what hooks leave would come to it, too. Of a check whose helper is killed, only the first process
// is ended then.
type Pool struct {
	spec  Spec // of all: Env and Stderr
	slots chan struct{}
	unfit bool

	mu   sync.Mutex
	idle []*client
}

// mostIdle bounds the helpers that wait for work.
const mostIdle = 2

// NewPool starts the first helper. The caller must call Close when all Checkers are closed.
func NewPool(spec Spec, slots int) (*Pool, error) {
	spec.Path, spec.Args, spec.Limit = sharedPath, []string{"checks"}, 0
	p := &Pool{spec: spec, slots: make(chan struct{}, slots)}
	c, err := startClient(p.spec)
	if errors.Is(err, errUnfit) {
		p.unfit = true
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.idle = []*client{c}
	return p, nil
}

// New returns a Checker that borrows its helper. Env and Stderr are the pool's.
func (p *Pool) New(spec Spec) (*Checker, error) {
	spec.Env, spec.Stderr = p.spec.Env, p.spec.Stderr
	c := &Checker{spec: spec, captures: spec.captures(), pool: p}
	if p.contained() && len(c.job()) > mostJob {
		return nil, fmt.Errorf("the command has more than %d bytes", mostJob)
	}
	return c, nil
}

func (p *Pool) contained() bool { return p != nil && !p.unfit }

// Close ends the helpers that are there.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		c.close()
	}
	p.idle = nil
}

// take returns a helper that waits, or nil.
func (p *Pool) take() *client {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	c := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return c
}

// put takes a helper back, or ends it.
func (p *Pool) put(c *client) {
	p.mu.Lock()
	if len(p.idle) < mostIdle {
		p.idle = append(p.idle, c)
		c = nil
	}
	p.mu.Unlock()
	if c != nil {
		c.close()
	}
}

// startHelper starts a helper for this Checker.
func (c *Checker) startHelper() (*client, error) {
	if c.pool != nil {
		return startClient(c.pool.spec)
	}
	return startClient(c.spec)
}

// borrow waits for a slot, and takes a helper for one check. After a Stop it takes none.
func (c *Checker) borrow() error {
	select {
	case c.pool.slots <- struct{}{}:
	case <-c.stopped:
		return nil
	}
	helper := c.pool.take()
	if helper == nil {
		var err error
		if helper, err = c.startHelper(); err != nil {
			<-c.pool.slots
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.helper = helper
	return nil
}

// giveBack undoes borrow.
func (c *Checker) giveBack() {
	c.mu.Lock()
	helper := c.helper
	c.helper = nil
	c.mu.Unlock()
	if helper == nil {
		return // a Stop came before it
	}
	c.pool.put(helper)
	<-c.pool.slots
}

// endLent ends a helper that does not answer as it should, for which another takes the place.
func (c *Checker) endLent() Report {
	_ = c.helper.proc.Signal(syscall.SIGKILL)
	_ = c.replace() // after an error, the next check finds that the helper has gone
	if c.asked() != 0 {
		return Report{Stopped: true}
	}
	return cannotRun(ErrLost)
}

// job is what a shared helper is to run; "" for one that knows.
func (c *Checker) job() string {
	if c.pool == nil {
		return ""
	}
	return strings.Join(c.spec.words(), "\x00")
}
