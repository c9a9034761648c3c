package heat

import (
	"slices"
	"strconv"
	"strings"

	"clsh/heat/policy"
	"clsh/heat/process"
)

// managers returns the variables by which systemd talks to heat
// (sd_notify(3)). A service that a recovery starts would otherwise report its own state as heat's.
func managers() []string { return []string{"NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID="} }

// childEnviron is the environment of checks and hooks.
func childEnviron(environ []string) []string {
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

// failureEnviron is what a hook gets beside it. last is the failure that the hook is about, first
// the one that opened the streak.
func failureEnviron(cfg *config, streak policy.Streak, first, last policy.Failure) []string {
	pid := ""
	if last.Pid > 0 {
		// A check that could not be started had none, and 0 would make
		// kill(1) signal the hook's own group.
		pid = strconv.Itoa(last.Pid)
	}
	return []string{
		"HEAT_FAIL_CODE=" + strconv.Itoa(last.Code),
		"HEAT_FAIL_TIME=" + strconv.FormatInt(first.Unix, 10),
		"HEAT_FAIL_TIME_LAST=" + strconv.FormatInt(last.Unix, 10),
		"HEAT_FAIL_INTERVAL=" + Seconds(cfg.rules.Interval).String(),
		"HEAT_FAIL_PID=" + pid,
		"HEAT_FAIL_CNT=" + strconv.Itoa(streak.Count),
		"HEAT_FAIL_REASON=" + last.Reason.String(),
		"HEAT_FAIL_SIGNAL=" + process.SignalName(last.Signal),
		"HEAT_RECOVERY_CNT=" + strconv.Itoa(streak.Recoveries),
		"HEAT_CHECK_NAME=" + cfg.label.Name,
		"HEAT_CHECK_LOG=" + cfg.log.Path,
	}
}
