package loop

import (
	"strconv"

	"clsh/heat/options"
	"clsh/heat/policy"
	"clsh/heat/process"
	"clsh/heat/words"
)

// failureEnviron is what a hook gets beside it. last is the failure that the hook is about, first
// the one that opened the streak.
func failureEnviron(cfg *options.Settings, streak policy.Streak, first, last policy.Failure) []string {
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
		"HEAT_FAIL_INTERVAL=" + words.Seconds(cfg.Rules.Interval),
		"HEAT_FAIL_PID=" + pid,
		"HEAT_FAIL_CNT=" + strconv.Itoa(streak.Count),
		"HEAT_FAIL_REASON=" + last.Reason.String(),
		"HEAT_FAIL_SIGNAL=" + process.SignalName(last.Signal),
		"HEAT_RECOVERY_CNT=" + strconv.Itoa(streak.Recoveries),
		"HEAT_CHECK_NAME=" + cfg.Label.Name,
		"HEAT_CHECK_LOG=" + cfg.Log.Path,
	}
}
