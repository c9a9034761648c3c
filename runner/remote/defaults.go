package remote

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"clsh/hosts"
)

// Defaults are settings under the user's and the system's configuration: ssh
// takes the first value that it finds, so they fill in what those left open.
type Defaults struct {
	// UserConfig takes the place of ~/.ssh/config: the path given with
	// --ssh-config, or empty.
	UserConfig     string
	SystemConfig   string // normally /etc/ssh/ssh_config
	User           string // for the hosts of the run; empty: none
	Version        Version
	ConnectTimeout time.Duration // 0: none
	Ciphers        string        // for the connections to the hosts (ssh_config(5)); empty: ssh's own
	// Reasons makes a jump host's ssh write to standard error why it ends
	// (LogVerbose), whatever its LogLevel.
	Reasons bool
}

// Config returns the text of a configuration file (ssh -F) for list. The
// user's file is read first, with ssh's own rules. User stands under "Match
// originalhost": under "Host *" ssh would log into a jump host as that user,
// too, because it hands -F on to the ssh that it starts for it.
func (d Defaults) Config(list hosts.List) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Include %s\nInclude %s\n", quote(cmp.Or(d.UserConfig, "~/.ssh/config")), quote(d.SystemConfig))
	if d.User != "" {
		names := make([]string, len(list))
		for i, h := range list {
			names[i] = h.Addr
		}
		fmt.Fprintf(&b, "Match originalhost %s\n  User %s\n", quote(strings.Join(names, ",")), quote(d.User))
	}
	// BatchMode is for a jump host; to the hosts of the run it is a condition.
	b.WriteString("Match all\n  BatchMode yes\n")
	keys := "accept-new"
	if !d.Version.AtLeast(7, 6) {
		keys = "no"
	}
	fmt.Fprintf(&b, "  StrictHostKeyChecking %s\n", keys)
	if d.ConnectTimeout > 0 {
		fmt.Fprintf(&b, "  ConnectTimeout %s\n", wholeSeconds(d.ConnectTimeout))
	}
	if d.Ciphers != "" {
		fmt.Fprintf(&b, "  Ciphers %s\n", d.Ciphers)
	}
	if d.Reasons && d.Version.AtLeast(8, 5) {
		fmt.Fprintf(&b, "  LogVerbose %s\n", logVerbose)
	}
	return b.String()
}

// quote quotes an argument of ssh_config(5). Quotes in it cannot be said in
// old versions and do not occur in names.
func quote(s string) string { return `"` + s + `"` }
