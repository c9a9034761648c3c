package conn

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"clsh/hosts"
	"clsh/runner/event"
	"clsh/runner/mux"
	"clsh/runner/proc"
	"clsh/runner/remote"
)

// A client is what connects to the host: an ssh process, or a muxSession.
type client interface {
	// Exited is closed when it has ended.
	Exited() <-chan struct{}
	Signal(sig syscall.Signal) error
	// Wait waits for its end, and returns how it ended.
	Wait() proc.Status
}

// A muxSession is a session on a kept connection for which no ssh was started (package mux).
// What ssh would decide by its configuration, Options.Settings decides; where they ask for
// more than a plain session, an ssh is started.
type muxSession struct{ *mux.Session }

// Signal ends the session, as an ssh is ended by any of the signals that it gets
// from us.
func (s muxSession) Signal(syscall.Signal) error {
	s.Close()
	return nil
}

// Wait returns the status that ssh exits with (ssh(1), EXIT STATUS).
func (s muxSession) Wait() proc.Status {
	if code, ok := s.Code(); ok {
		return proc.Status{Code: code}
	}
	return proc.Status{Code: event.CodeLost}
}

// sendEnv names the variables that an ssh passes on.
const sendEnv = "sendenv"

// SessionKeywords are the settings of a session, not of its connection, that are
// no conditions of ours: for Options.Settings.
func SessionKeywords() []string {
	return []string{sendEnv, "setenv", "forwardagent", "forwardx11", "canonicalizehostname"}
}

// openMux asks the master of a kept connection for a session of host. It returns nil where
// there is none, or only an ssh will do. usable is false where the master does not answer: an
// ssh would wait for it as well.
func (o *Options) openMux(ssh *remote.SSH, host hosts.Host, command string, streams *pipes) (c client, usable bool) {
	environ, plain := o.sentEnviron(ssh, host.Addr)
	if !plain || !o.Mux || o.TTY || o.Raw {
		return nil, !errors.Is(mux.Look(ssh.ControlPath), mux.ErrUnusable)
	}
	session, err := mux.Open(ssh.ControlPath, command, environ, streams.child)
	if err != nil { // ssh comes to the same, and says why
		return nil, !errors.Is(err, mux.ErrUnusable)
	}
	return muxSession{session}, true
}

// sentEnviron returns the variables that ssh would pass on to the host of that
// name. plain tells that this is all that the session takes from the
// configuration.
func (o *Options) sentEnviron(ssh *remote.SSH, name string) (environ []string, plain bool) {
	if len(ssh.Program) > 1 || filepath.Base(ssh.Program[0]) != "ssh" {
		return nil, false
	}
	for _, option := range ssh.Options {
		keyword := strings.ToLower(option[:strings.IndexAny(option+"=", "= \t")])
		if slices.Contains(SessionKeywords(), keyword) {
			return nil, false
		}
	}
	var sent []hosts.SSHSetting
	for _, s := range o.Settings {
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
	for _, v := range o.Environ {
		variable, _, _ := strings.Cut(v, "=")
		if slices.ContainsFunc(sent, func(s hosts.SSHSetting) bool { return s.Matches(variable) }) {
			environ = append(environ, v)
		}
	}
	return environ, true
}
