package loop

import (
	"encoding/json"
	"strconv"
	"strings"

	"clsh/heat/console"
	"clsh/heat/hook"
	"clsh/heat/options"
	"clsh/heat/policy"
	"clsh/heat/process"
)

// changed is what --on-change reads on its standard input.
type changed struct {
	Name  string `json:"name,omitempty"`
	Event string `json:"event"`
	State string `json:"state"`
	// Since and Time are Unix seconds.
	Since int64  `json:"since"`
	Time  int64  `json:"time"`
	Line  string `json:"line"` // of the check, as the console has it
	// Of the check that brought the change.
	Code     int    `json:"code"`
	Reason   string `json:"reason"`
	Signal   string `json:"signal,omitempty"`
	Pid      int    `json:"pid,omitempty"`
	Failures int    `json:"failures"` // in the streak
	// Recoveries were tried in the streak.
	Recoveries int    `json:"recoveries"`
	Log        string `json:"log"`
}

// mostName bounds what of a name and a line is in the JSON: a pipe has to hold it, escaped.
const mostName = hook.MostInput / 24

// changeInput returns what --on-change gets: variables, and its standard input.
func changeInput(cfg *options.Settings, a policy.Action, r policy.Result) (env []string, input []byte) {
	show := map[policy.Verdict]policy.Do{policy.Good: policy.ShowOK, policy.Unknown: policy.ShowUnknown}[cfg.Rules.Judge(r)]
	line := strings.TrimSuffix(console.CheckLine(show, r, cfg.Label, cfg.Log.Shown()), "\n")
	c := a.Change
	input, _ = json.Marshal(changed{ // nothing in it can fail
		Name: cut(cfg.Label.Name), Event: string(c.Event), State: c.Status.String(), Since: c.Since, Time: r.Unix, Line: cut(line),
		Code: r.Code, Reason: r.Outcome.String(), Signal: process.SignalName(r.Signal), Pid: r.Pid,
		Failures: a.Streak.Count, Recoveries: a.Streak.Recoveries, Log: cut(cfg.Log.Path),
	})
	env = append(failureEnviron(cfg, a.Streak, a.Streak.First, a.Streak.Last),
		"HEAT_CHECK_EVENT="+string(c.Event), "HEAT_CHECK_STATE="+c.Status.String(),
		"HEAT_CHECK_SINCE="+strconv.FormatInt(c.Since, 10), "HEAT_CHECK_LINE="+line)
	return env, append(input, '\n')
}

// cut shortens a text to mostName bytes.
func cut(text string) string { return text[:min(len(text), mostName)] }
