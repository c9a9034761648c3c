package runner

import (
	"errors"
	"path/filepath"
	"strings"
	"syscall"

	"clsh/hosts"
	"clsh/runner/event"
	"clsh/runner/mux"
	"clsh/runner/proc"
	"clsh/runner/remote"
)

// A client is what stands between a session and its host: an ssh, or a passenger.
type client interface {
	// Exited is closed when it has ended.
	Exited() <-chan struct{}
	Signal(sig syscall.Signal) error
	// Wait waits for its end, and returns how it ended.
	Wait() proc.Status
}

// A passenger is a session on a connection that is kept, for which no ssh was
// started (package mux). What an ssh would decide by its configuration is decided
// by Config.Settings; where they ask for more than a plain session, there is an
// ssh.
type passenger struct{ *mux.Session }

// Signal ends the session, as an ssh is ended by any of the signals that it gets
// from us.
func (p passenger) Signal(syscall.Signal) error {
	p.Close()
	return nil
}

// Wait returns the status that ssh exits with (ssh(1), EXIT STATUS).
func (p passenger) Wait() proc.Status {
	if code, told := p.Code(); told {
		return proc.Status{Code: code}
	}
	return proc.Status{Code: event.CodeLost}
}

// sendEnv names the variables that an ssh passes on.
const sendEnv = "sendenv"

// SessionKeywords are the settings of a session, not of its connection, that are
// no conditions of ours: for Config.Settings.
func SessionKeywords() []string {
	return []string{sendEnv, "setenv", "forwardagent", "forwardx11", "canonicalizehostname"}
}

// board asks the master of a connection that is kept for a session of host, or
// returns nil where there is none, or only an ssh can. usable is false where its
// master does not answer: an ssh would wait for it as well.
func (g *ground) board(cfg *Config, ssh *remote.SSH, host hosts.Host, command string, streams *pipes) (c client, usable bool) {
	environ, plain := cfg.sentEnviron(ssh, host.Addr)
	if !plain || !cfg.Passengers || cfg.TTY || cfg.Raw {
		return nil, !errors.Is(mux.Look(ssh.ControlPath), mux.ErrUnusable)
	}
	session, err := mux.Open(ssh.ControlPath, command, environ, streams.child)
	if err != nil { // ssh comes to the same, and says why
		return nil, !errors.Is(err, mux.ErrUnusable)
	}
	return passenger{session}, true
}

// sentEnviron returns the variables that ssh would pass on to the host of that
// name. plain tells that this is all that the session takes from the
// configuration.
func (c *Config) sentEnviron(ssh *remote.SSH, name string) (environ []string, plain bool) {
	if len(ssh.Program) > 1 || filepath.Base(ssh.Program[0]) != "ssh" {
		return nil, false
	}
	for _, option := range ssh.Options {
		keyword := strings.ToLower(option[:strings.IndexAny(option+"=", "= \t")])
		for _, k := range SessionKeywords() {
			if keyword == k {
				return nil, false
			}
		}
	}
	var sent []hosts.SSHSetting
	for _, s := range c.Settings {
		yes, certain := s.For(name)
		switch value := strings.Join(s.Words, " "); {
		case !certain:
			return nil, false
		case !yes, strings.EqualFold(value, "no"):
		case s.Keyword == sendEnv && !strings.Contains(value, "-"):
			sent = append(sent, s)
		default:
			return nil, false
		}
	}
	for _, v := range c.Environ {
		variable, _, _ := strings.Cut(v, "=")
		for _, s := range sent {
			if s.Matches(variable) {
				environ = append(environ, v)
				break
			}
		}
	}
	return environ, true
}

// declined tells that the master of a connection has opened no session for what
// has ended: an ssh finds out why, or connects by itself.
func (l *launched) declined() bool {
	p, ok := l.client.(passenger)
	return ok && p.Declined()
}
