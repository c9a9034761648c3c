package worker

import (
	"slices"
	"strings"
)

// managers returns the variables by which systemd talks to heat
// (sd_notify(3)). A service that a recovery starts would otherwise report its own state as heat's.
func managers() []string { return []string{"NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID="} }

// ChildEnviron is the environment of checks and hooks.
func ChildEnviron(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		return slices.ContainsFunc(managers(), func(m string) bool { return strings.HasPrefix(v, m) })
	})
}

// hookEnviron is the environment that hooks share. A heat that a hook starts
// must not take this one's log, state and name for its own.
func hookEnviron(env []string) []string {
	own := []string{"HEAT_LOG=", "HEAT_STATE=", "HEAT_NAME="}
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		return slices.ContainsFunc(own, func(o string) bool { return strings.HasPrefix(v, o) })
	})
}
