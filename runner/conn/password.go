package conn

import (
	"fmt"
	"sync"

	"clsh/runner/admission"
	"clsh/runner/password"
	"clsh/runner/remote"
)

// A Step is what the supervisor must know of a password that the host has asked for.
type Step struct {
	// Waiting: the host's time stands still, until a Step without it. It waits for others, or
	// for the user.
	Waiting bool
	// Err, not nil, ends the session: the password was refused, or is not given. NotTried tells
	// the two apart.
	Err      error
	NotTried bool
}

// maxSteps is how many Steps one session makes, at most.
const maxSteps = 8

// A login is what a session has to do with passwords.
type login struct {
	steps   chan Step
	closing chan struct{} // closed when the session is over
	wg      sync.WaitGroup
	forget  func() // takes it from questions, or nil

	mu      sync.Mutex
	asked   [2]bool            // by askedBy
	trials  [2]*password.Trial // the same
	refused bool               // a Step with Err was made
}

// An askedBy is who asks for a password.
type askedBy int

const (
	bySSH askedBy = iota
	byBecome
)

func newLogin() *login {
	return &login{steps: make(chan Step, maxSteps), closing: make(chan struct{})}
}

// Steps delivers what happens with passwords.
func (c *Conn) Steps() <-chan Step { return c.login.steps }

// WordSent reports whether the host was given a password: it is not tried again.
func (c *Conn) WordSent() bool {
	c.login.mu.Lock()
	defer c.login.mu.Unlock()
	return c.login.trials[bySSH] != nil || c.login.trials[byBecome] != nil
}

// first notes a question, and reports whether it is the first of its kind.
func (l *login) first(by askedBy) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := !l.asked[by]
	l.asked[by] = true
	return first
}

// refuse ends the session.
func (l *login) refuse(err error, notTried bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.refused {
		l.refused = true
		l.steps <- Step{Err: err, NotTried: notTried}
	}
}

// take waits for the password, and returns nil where the session is over or must end.
func (l *login) take(by askedBy, gate *password.Gate) *password.Trial {
	l.steps <- Step{Waiting: true}
	trial, err := gate.Take(l.closing)
	if err != nil {
		l.refuse(err, true)
		return nil
	}
	l.mu.Lock()
	l.trials[by] = trial
	l.mu.Unlock()
	l.steps <- Step{}
	return trial
}

// settle ends the trial of by, if there is one, by how.
func (l *login) settle(by askedBy, how func(*password.Trial)) {
	l.mu.Lock()
	trial := l.trials[by]
	l.mu.Unlock()
	if trial != nil {
		how(trial)
	}
}

// close ends all that waits.
func (l *login) close() {
	close(l.closing)
	if l.forget != nil {
		l.forget()
	}
	l.wg.Wait()
}

// conclude ends the trials that no mark has ended. An ssh that ended by itself has refused the
// password: whatever it says, the next host might count one failure more. byItself is false where
// clsh has ended it; accepted reports that it got through.
func (l *login) conclude(byItself, accepted bool) {
	how := (*password.Trial).Unanswered
	switch {
	case accepted:
		how = (*password.Trial).Accepted
	case byItself:
		how = (*password.Trial).Refused
	}
	l.settle(bySSH, how)
	l.settle(byBecome, how)
}

// hearPassword acts on a mark. Whoever asks for the second password, and the agent, come after what
// has accepted the first.
func (c *Conn) hearPassword(kind remote.MarkKind) {
	switch kind {
	case remote.Ready:
		c.login.settle(bySSH, (*password.Trial).Accepted)
		c.login.settle(byBecome, (*password.Trial).Accepted)
	case remote.Password:
		c.slot.Done(admission.Succeeded)
		c.login.settle(bySSH, (*password.Trial).Accepted)
		gate := c.options.BecomePassword
		switch {
		case gate == nil: // the host makes that up
		case c.login.first(byBecome):
			c.login.wg.Go(func() {
				if trial := c.login.take(byBecome, gate); trial != nil {
					c.Stdin.Request(remote.PasswordLine(trial.Word, c.options.TTY))
				}
			})
		default:
			c.login.settle(byBecome, (*password.Trial).Refused)
			c.login.refuse(fmt.Errorf("%s refused the password, or asked for a second one", c.options.Become.Name()), false)
		}
	}
}
