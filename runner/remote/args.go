package remote

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"clsh/hosts"
)

// SSH is how the system's ssh is called for a run: required options, and those that the user
// gave. Defaults are in a file of their own (Defaults).
type SSH struct {
	Program []string // ssh, perhaps with arguments of its own
	Version Version
	// ConfigFile is given with -F; LogFile, not empty, with -E.
	ConfigFile, LogFile string
	User, Identity      string
	Port                string   // where a host names none; empty: ssh's
	Options             []string // -o
	ConnectTimeout      time.Duration
	LostAfter           time.Duration // 0: never
	TTY                 bool
	// Password lets ssh ask for one, by SSH_ASKPASS. KnownHosts refuses hosts whose key is new.
	Password, KnownHosts bool
	// ControlPath, not empty, is the socket of a connection that is shared, and
	// kept for Persist after its last session (ssh_config(5), ControlPersist).
	ControlPath string
	Persist     time.Duration
}

// Args returns the argument vector that runs command on host, program first.
// The command is one argument; an empty one is left out.
func (s SSH) Args(host hosts.Host, command string) []string {
	args := slices.Clone(s.Program)
	if s.TTY {
		args = append(args, "-tt")
	} else {
		args = append(args, "-T")
	}
	if s.LogFile != "" {
		args = append(args, "-E", s.LogFile)
	}
	if s.ConfigFile != "" {
		args = append(args, "-F", s.ConfigFile)
	}
	for _, o := range s.Options {
		args = append(args, "-o", o)
	}
	if s.ControlPath != "" {
		args = append(args, "-o", "ControlMaster=auto", "-o", "ControlPersist="+wholeSeconds(s.Persist), "-o", "ControlPath="+s.ControlPath)
	}
	var inventory hosts.Settings
	if host.Settings != nil {
		inventory = *host.Settings
	}
	for _, key := range []string{s.Identity, inventory.IdentityFile} { // ssh tries them in this order
		if key != "" {
			args = append(args, "-i", key)
		}
	}
	if user := cmp.Or(host.User, s.User, inventory.User); user != "" {
		args = append(args, "-l", user)
	}
	if port := cmp.Or(host.Port, s.Port, inventory.Port); port != "" {
		args = append(args, "-p", port)
	}
	if inventory.HostName != "" { // ssh expands %h in it
		args = append(args, "-o", "HostName="+strings.ReplaceAll(inventory.HostName, "%", "%%"))
	}
	for _, o := range s.requiredOptions() {
		args = append(args, "-o", o)
	}
	args = append(args, "--", host.Addr)
	if command != "" {
		args = append(args, command)
	}
	return args
}

// requiredOptions are the settings without which the run does not work; ssh takes
// the first value that it finds, so they are over every configuration file and
// under -o (ssh_config(5)).
func (s SSH) requiredOptions() []string {
	c := append(s.passwordOptions(),
		"PermitLocalCommand=no",   // would run once a host
		"ClearAllForwardings=yes", // ports are taken by the first host
		"EscapeChar=none",         // input is data
	)
	if s.Version.AtLeast(7, 6) {
		c = append(c, "RemoteCommand=none") // "Cannot execute command-line and remote command."
	}
	if s.Version.AtLeast(8, 7) {
		c = append(c, "SessionType=default", "ForkAfterAuthentication=no", "StdinNull=no")
	}
	if s.LogFile != "" && s.Version.AtLeast(8, 5) {
		c = append(c, "LogVerbose="+logVerbose)
	}
	if s.ConnectTimeout > 0 {
		c = append(c, "ConnectTimeout="+wholeSeconds(s.ConnectTimeout))
	}
	interval, count := keepAlive(s.LostAfter)
	return append(c, "ServerAliveInterval="+strconv.Itoa(interval), "ServerAliveCountMax="+strconv.Itoa(count))
}

// passwordOptions say where ssh may ask. One connection makes one attempt with a password. Before
// OpenSSH 8.6 a question of "keyboard-interactive" does not say which host asks it.
func (s SSH) passwordOptions() []string {
	c := []string{"BatchMode=yes"} // there is no terminal to ask at
	if s.Password {
		c = []string{
			"BatchMode=no", "NumberOfPasswordPrompts=1", "PasswordAuthentication=yes",
			"PreferredAuthentications=gssapi-with-mic,hostbased,publickey,password,keyboard-interactive",
		}
		if s.Version.AtLeast(8, 7) {
			c = append(c, "KbdInteractiveAuthentication=yes")
		} else if !s.Version.AtLeast(8, 6) {
			c = append(c, "ChallengeResponseAuthentication=no")
		}
	}
	if s.KnownHosts {
		c = append(c, "StrictHostKeyChecking=yes")
	}
	return c
}

// keepAlive returns ServerAliveInterval and ServerAliveCountMax so that ssh
// gives up a silent connection within d: it does so up to half an interval
// after interval × count (4.5 s with 1 × 4). Seconds are ssh's unit.
func keepAlive(d time.Duration) (interval, count int) {
	if d <= 0 {
		return 0, 3
	}
	seconds := int(d / time.Second)
	if seconds < 2 {
		return 1, 1
	}
	interval = 1 + seconds/30
	return interval, max(1, (seconds-interval)/interval)
}

// wholeSeconds rounds up to ssh's unit.
func wholeSeconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}
