package system

import (
	"errors"
	"time"

	"clsh/hosts"
	"clsh/runner/cli/usage"
	"clsh/runner/flags"
)

// A Profile holds everything that CLSH_COMPAT changes behind the command line. All else that
// this takes are ordinary settings of the packages below.
type Profile struct {
	// Session is the limit for the whole of an ssh, from its start; 0 is none. Connect is
	// ssh's own limit for connecting where nothing else sets one.
	Session, Connect time.Duration
	// Python shows everything on standard output, and of a host what the Python clsh shows.
	Python bool
	// LoginPerLine gives each line of -i a login of its own, instead of a shell that stays.
	LoginPerLine bool
	// Repeat runs the command on a host as often as the host is given.
	Repeat bool
	// Guards refuses a command that is missing, or that looks as if the hosts were missing.
	Guards bool
	// Notes prints notes that the Python clsh does not have.
	Notes bool
	// Status is set if the exit status tells how the hosts fared.
	Status bool
}

// ConnectDefault is the limit for connecting where nothing sets one.
const ConnectDefault = 5 * time.Second

// compatLimit is how long the Python clsh waits for an ssh.
const compatLimit = 5 * time.Second

// Profile returns what CLSH_COMPAT asks for.
func (sys *System) Profile() Profile {
	if !flags.Compat(sys.Getenv("CLSH_COMPAT")) {
		return Profile{Connect: ConnectDefault, Guards: true, Notes: true, Status: true}
	}
	// ssh must not report a timeout of its own before the limit: its words would be the
	// host's output.
	return Profile{Session: compatLimit, Connect: 2 * compatLimit, Python: true, LoginPerLine: true, Repeat: true}
}

// ExitStatus returns clsh's exit status. The Python clsh has only two.
func (p Profile) ExitStatus(code int, err error) int {
	if wrong := (usage.Error{}); p.Status || errors.As(err, &wrong) {
		return code
	}
	return 0
}

// NoHosts returns the message for a call without hosts.
func (p Profile) NoHosts() string {
	if !p.Notes {
		return hosts.ErrNoHosts.Error()
	}
	return hosts.ErrNoHosts.Error() + "\n" + hostsHint
}

// hostsHint follows the original's line about missing hosts.
const hostsHint = "clsh: no hosts given\nhint: name them with -h LIST, --hostfile FILE, CLSH_HOSTS, CLSH_HOSTFILE, or a .hostfile here"
