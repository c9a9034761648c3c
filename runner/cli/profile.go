package cli

import (
	"errors"
	"time"

	"clsh/hosts"
	"clsh/runner/flags"
)

// A profile holds everything that CLSH_COMPAT changes behind the command line. All else that
// this takes are ordinary settings of the packages below.
type profile struct {
	// session is the limit for the whole of an ssh, from its start; 0 is none. connect is
	// ssh's own limit for connecting where nothing else sets one.
	session, connect time.Duration
	// python shows everything on standard output, and of a host what the Python clsh shows.
	python bool
	// loginPerLine gives each line of -i a login of its own, instead of a shell that stays.
	loginPerLine bool
	// repeat runs the command on a host as often as the host is given.
	repeat bool
	// guards refuses a command that is missing, or that looks as if the hosts were missing.
	guards bool
	// notes prints notes that the Python clsh does not have.
	notes bool
	// status is set if the exit status tells how the hosts fared.
	status bool
}

// connectDefault is the limit for connecting where nothing sets one.
const connectDefault = 5 * time.Second

// compatLimit is how long the Python clsh waits for an ssh.
const compatLimit = 5 * time.Second

// profile returns what CLSH_COMPAT asks for.
func (sys *System) profile() profile {
	if !flags.Compat(sys.getenv("CLSH_COMPAT")) {
		return profile{connect: connectDefault, guards: true, notes: true, status: true}
	}
	// ssh must not report a timeout of its own before the limit: its words would be the
	// host's output.
	return profile{session: compatLimit, connect: 2 * compatLimit, python: true, loginPerLine: true, repeat: true}
}

// exitStatus returns clsh's exit status. The Python clsh has only two.
func (p profile) exitStatus(code int, err error) int {
	if wrong := (usageError{}); p.status || errors.As(err, &wrong) {
		return code
	}
	return 0
}

// noHosts returns the message for a call without hosts.
func (p profile) noHosts() string {
	if !p.notes {
		return hosts.ErrNoHosts.Error()
	}
	return hosts.ErrNoHosts.Error() + "\n" + hostsHint
}

// hostsHint follows the original's line about missing hosts.
const hostsHint = "clsh: no hosts given\nhint: name them with -h LIST, --hostfile FILE, CLSH_HOSTS, CLSH_HOSTFILE, or a .hostfile here"
