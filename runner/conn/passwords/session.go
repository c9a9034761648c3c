// Package passwords gives the passwords of a run to the programs that ask for them: ssh for that of the
// login (package askpass), and the program that makes the command's user another, such as sudo.
//
// Package password decides which host is given a password, and when. A Session is one host's side of
// that; a Server answers what the ssh processes of all sessions ask.
package passwords

import (
	"fmt"
	"sync"

	"clsh/runner/password"
)

// A Step is what the supervisor must know of a password that the host has asked for.
type Step struct {
	// Waiting: the host's time stops, until a Step without it. It waits for others, or
	// for the user.
	Waiting bool
	// Err, not nil, ends the session: the password was refused, or is not given. NotTried tells
	// the two apart.
	Err      error
	NotTried bool
}

// maxSteps is how many Steps one session makes, at most.
const maxSteps = 8

// A Session is what one session with a host has to do with passwords.
type Session struct {
	steps   chan Step
	closing chan struct{} // closed when the session is over
	wg      sync.WaitGroup
	forget  func() // takes it from the Server, or nil

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

// NewSession returns the Session of an ssh that is about to start. The caller must call Close and then
// Conclude when it has ended.
func NewSession() *Session {
	return &Session{steps: make(chan Step, maxSteps), closing: make(chan struct{})}
}

// Steps delivers what happens with passwords.
func (l *Session) Steps() <-chan Step { return l.steps }

// Sent reports whether the host was given a password: it is not tried again.
func (l *Session) Sent() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trials[bySSH] != nil || l.trials[byBecome] != nil
}

// first notes a question, and reports whether it is the first of its kind.
func (l *Session) first(by askedBy) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := !l.asked[by]
	l.asked[by] = true
	return first
}

// refuse ends the session.
func (l *Session) refuse(err error, notTried bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.refused {
		l.refused = true
		l.steps <- Step{Err: err, NotTried: notTried}
	}
}

// take waits for the password, and returns nil where the session is over or must end.
func (l *Session) take(by askedBy, gate *password.Gate) *password.Trial {
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
func (l *Session) settle(by askedBy, how func(*password.Trial)) {
	l.mu.Lock()
	trial := l.trials[by]
	l.mu.Unlock()
	if trial != nil {
		how(trial)
	}
}

// Close ends all that waits.
func (l *Session) Close() {
	close(l.closing)
	if l.forget != nil {
		l.forget()
	}
	l.wg.Wait()
}

// Conclude ends the trials that no mark has ended. An ssh that ended by itself has refused the
// password: whatever it says, the next host might count one failure more. byItself is false where
// clsh has ended it; accepted reports that it got through.
func (l *Session) Conclude(byItself, accepted bool) {
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

// LoggedIn says that the host has accepted the password of the login.
func (l *Session) LoggedIn() { l.settle(bySSH, (*password.Trial).Accepted) }

// Became says that the host has accepted all passwords.
func (l *Session) Became() {
	l.LoggedIn()
	l.settle(byBecome, (*password.Trial).Accepted)
}

// Asked says that the program of that name asks for a password, and has it sent once gate gives it. A
// second question is a refusal of the first answer.
func (l *Session) Asked(program string, gate *password.Gate, send func(word []byte)) {
	if l.first(byBecome) {
		l.wg.Go(func() {
			if trial := l.take(byBecome, gate); trial != nil {
				send(trial.Word)
			}
		})
		return
	}
	l.settle(byBecome, (*password.Trial).Refused)
	l.refuse(fmt.Errorf("%s refused the password, or asked for a second one", program), false)
}
