package worker

import (
	"slices"
	"strings"
)

// ChildEnviron is the environment of checks and hooks. It lacks the variables by which systemd talks
// to heat (sd_notify(3)): a service that a recovery starts would otherwise report its own state as heat's.
func ChildEnviron(environ []string) []string {
	return without(environ, "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=")
}

// hookEnviron is the environment that hooks share. A heat that a hook starts
// must not take this one's log, state and name for its own.
func hookEnviron(env []string) []string {
	return without(env, "HEAT_LOG=", "HEAT_STATE=", "HEAT_NAME=")
}

func without(environ []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(v, name) })
	})
}
