package openssh

import (
	"slices"
	"strings"
	"sync"

	"clsh/hosts"
	"clsh/runner/conn"
)

// userKnownHosts is the setting that names where new host keys are kept.
const userKnownHosts = "userknownhostsfile"

// KeepsKeys returns a function that reports whether ssh keeps a new key of a host.
// UserKnownHostsFile /dev/null keeps none, and ssh calls every key new then. It is called
// for hosts with a new key only, so the configuration is read when the first comes.
func KeepsKeys(o conn.Options, environ []string) func(hosts.Host) bool {
	settings := sync.OnceValues(func() ([]hosts.SSHSetting, error) {
		return Lines(o.Defaults.UserConfig, userKnownHosts)
	})
	return func(host hosts.Host) bool {
		if files, set := knownHostsOption(o.SSH.Options); set {
			return keeps(files)
		}
		lines, err := settings()
		for _, line := range lines {
			yes, sure := line.For(host.Addr)
			switch {
			case yes:
				return keeps(line.Words)
			case !sure:
				return askKeeps(o, host, environ)
			}
		}
		return err == nil || askKeeps(o, host, environ)
	}
}

// knownHostsOption returns the files that -o names, where it does; the first counts.
func knownHostsOption(options []string) (files []string, set bool) {
	for _, o := range options {
		at := strings.IndexAny(o, "= \t")
		if at >= 0 && strings.EqualFold(o[:at], userKnownHosts) {
			return strings.Fields(strings.Trim(o[at:], "= \t\"")), true
		}
	}
	return nil, false
}

// askKeeps asks ssh (ssh -G) where the configuration alone does not say it.
func askKeeps(o conn.Options, host hosts.Host, environ []string) bool {
	ssh := o.SSH
	ssh.ConfigFile = o.Defaults.UserConfig
	text, err := settings(ssh, host, environ)
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 0 && words[0] == userKnownHosts {
			return keeps(words[1:])
		}
	}
	return err != nil
}

// keeps reports whether keys written to the first of the files stay.
func keeps(files []string) bool {
	return len(files) == 0 || !slices.Contains([]string{"/dev/null", "none"}, files[0])
}
