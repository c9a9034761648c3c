package conn

import (
	"time"

	"clsh/hosts"
	"clsh/runner/remote"
)

// Options are what the sessions of a run share. Hosts, SSH, Environ and TempDir must be set.
type Options struct {
	Hosts    hosts.List
	SSH      remote.SSH
	Defaults remote.Defaults
	Environ  []string // ssh's
	TempDir  string   // a private directory is made in it

	Raw     bool // no agent: `ssh HOST COMMAND`
	NoLogin bool // the command's shell is no login shell
	// TTY gives the command a terminal, of the size Rows × Cols.
	TTY        bool
	Rows, Cols uint16
	// Input goes to every host's command; nil: its standard input is empty.
	Input *Input

	// KeepsKey reports whether ssh keeps a new key of the host; nil: it does.
	KeepsKey func(hosts.Host) bool

	// Persist keeps connections so long after the run, by sockets in SocketDir, a private
	// directory of at most MaxSocketDir bytes; 0: none is kept.
	Persist   time.Duration
	SocketDir string
	// Mux lets a session on such a connection do without an ssh. Settings are then the
	// SessionKeywords of the whole ssh configuration.
	Mux      bool
	Settings []hosts.SSHSetting

	// OnBusy, not nil, is called once, when there is more to do than what one processor
	// does as well.
	OnBusy func()

	// Words asks for Exit.Words.
	Words bool
	// Verbose asks for events of kind Note. Without it, the only Note is about a kept
	// connection that does not answer, and with Quiet there is none.
	Verbose, Quiet bool
}
