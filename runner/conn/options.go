package conn

import (
	"time"

	"clsh/hosts"
	"clsh/runner/remote"
)

// Options are what the sessions of a run share. Hosts, SSH or Via, Environ and TempDir must be set.
type Options struct {
	Hosts    hosts.List
	SSH      remote.SSH
	Defaults remote.Defaults
	// Via returns the transport of a host; nil, the function's or its result: ssh.
	Via     func(hosts.Host) *remote.Via
	Environ []string // the client's
	TempDir string   // a private directory is made in it

	Privilege

	Raw     bool // no agent: `ssh HOST COMMAND`
	NoLogin bool // the command's shell is no login shell
	// TTY gives the command a terminal, of that Size.
	TTY bool
	Size
	// Input goes to every host's command; nil: its standard input is empty.
	Input *Input
	// Feed, not nil, returns what goes to the command of the host of a rank, in place of Input; where
	// there is a Stage, to that.
	Feed  func(rank int) *Feed
	Stage remote.Stage

	// KeepsKey reports whether ssh keeps a new key of the host; nil: it does.
	KeepsKey func(hosts.Host) bool

	Reuse

	// OnBusy, not nil, is called once, when there is more to do than what one processor
	// does as well.
	OnBusy func()

	// Words asks for Exit.Words.
	Words bool
	// Verbose asks for events of kind Note. Without it, the only Note is about a kept
	// connection that does not answer, and with Quiet there is none.
	Verbose, Quiet bool
}

// Reuse is how connections are kept for later runs.
type Reuse struct {
	// Persist keeps connections so long after the run, by sockets in SocketDir, a private
	// directory of at most MaxSocketDir bytes; 0: none is kept.
	Persist   time.Duration
	SocketDir string
	// Mux lets a session on such a connection do without an ssh. Settings are then the
	// SessionKeywords of the whole ssh configuration.
	Mux      bool
	Settings []hosts.SSHSetting
}

// A Size is that of a terminal.
type Size struct{ Rows, Cols uint16 }

// SendsData reports whether the commands have an input.
func (o *Options) SendsData() bool { return o.Input != nil || o.Feed != nil }

// source returns where the input of a host's command comes from, or nil.
func (o *Options) source(rank int) source {
	switch {
	case o.Feed != nil:
		return o.Feed(rank)
	case o.Input != nil:
		return o.Input
	}
	return nil
}

// via returns the transport of host, or nil.
func (o *Options) via(host hosts.Host) *remote.Via {
	if o.Via == nil {
		return nil
	}
	return o.Via(host)
}
