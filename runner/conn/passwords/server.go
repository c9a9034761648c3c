package passwords

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"

	"clsh/runner/askpass"
	"clsh/runner/password"
	"clsh/runner/remote"
)

// A Server answers what the ssh processes of a run ask (package askpass). nil: they ask nobody.
type Server struct {
	server *askpass.Server
	gate   *password.Gate

	starting sync.RWMutex // held, for reading, while an ssh starts and until it is in sessions
	mu       sync.Mutex
	sessions map[int]*Session // by the process group of their ssh
}

// Serve lets ssh processes of a version ask for the password that gate gives; nil: for none. dir is the
// private directory, executable this program, for ssh to run. It returns environ as ssh needs it.
func Serve(gate *password.Gate, version remote.Version, dir, executable string, environ []string) (q *Server, ssh []string, err error) {
	if gate == nil {
		return nil, environ, nil
	}
	environ = append(slices.Clip(environ), "SSH_ASKPASS="+askpass.Program(dir), "SSH_ASKPASS_REQUIRE=force")
	display := func(variable string) bool { return strings.HasPrefix(variable, "DISPLAY=") }
	if !version.AtLeast(8, 4) && !slices.ContainsFunc(environ, display) {
		environ = append(environ, "DISPLAY=clsh:0") // ssh asks nobody without one
	}
	q = &Server{gate: gate, sessions: map[int]*Session{}}
	q.server, err = askpass.Listen(dir, executable, q.answer)
	return q, environ, err
}

// Close ends the questions. All sessions must have ended.
func (q *Server) Close() error {
	if q == nil {
		return nil
	}
	return q.server.Close()
}

// Start calls start, which returns the process of an ssh, and knows it as the one of l.
func (q *Server) Start(l *Session, start func() (pid int)) {
	if q == nil {
		start()
		return
	}
	q.starting.RLock()
	defer q.starting.RUnlock()
	pid := start()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sessions[pid], l.forget = l, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.sessions, pid)
	}
}

// session returns the session whose ssh leads a process group, or nil. An ssh that is just being
// started is waited for.
func (q *Server) session(group int) *Session {
	q.starting.Lock()
	defer q.starting.Unlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sessions[group]
}

// Questions that ask for a password (sshconnect2.c): those of the method "password", and of
// "keyboard-interactive", which OpenSSH 8.6 and later begin with the user that they are for.
var (
	passwordPrompt    = regexp.MustCompile(`^[^@]+@.+'s password: $`)
	interactivePrompt = regexp.MustCompile(`^\r?\(.+@.+\) `)
)

// Reasons for which a question is not answered.
var (
	errSecond = errors.New("ssh asked for the password, or something else, a second time")
	errOther  = errors.New("a jump host, or a program between clsh and ssh, asked for a password")
)

// answer answers a question of ssh. What asks for no password is none of ours: ssh goes on
// without a passphrase, and takes no unknown host key.
func (q *Server) answer(asked askpass.Question) askpass.Reply {
	if !passwordPrompt.MatchString(asked.Prompt) && !interactivePrompt.MatchString(asked.Prompt) {
		return askpass.Reply{}
	}
	l := q.session(asked.Group)
	switch {
	case l == nil:
	case asked.Parent != asked.Group:
		l.refuse(errOther, false)
	case !l.first(bySSH):
		l.settle(bySSH, (*password.Trial).Refused)
		l.refuse(errSecond, false)
	default:
		if trial := l.take(bySSH, q.gate); trial != nil {
			return askpass.Reply{Word: trial.Word, Known: true}
		}
	}
	return askpass.Reply{Refused: true}
}
