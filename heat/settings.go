package heat

import (
	"fmt"
	"net/url"
	"syscall"
	"time"

	"clsh/heat/hook"
	"clsh/heat/output"
	"clsh/heat/policy"
	"clsh/heat/probe"
)

// config is a checked command line.
type config struct {
	rules        policy.Rules
	check        check
	hookTimeout  time.Duration // 0: none
	killAfter    time.Duration // between SIGTERM and SIGKILL
	delay        time.Duration
	jitter       float64 // of the interval
	pid          int     // 0: none
	pidfile      string
	signals      map[policy.Do]syscall.Signal
	hooks        map[policy.Do]hook.Hook
	label        output.Label
	log          output.LogSpec
	json, quiet  bool
	compat       bool // the letter of the Python heat
	once, dryRun bool
	files        paths
	ping         *url.URL // nil: none
	simulate     []step
}

// check is what is run, and for how long at most.
type check struct {
	path  string
	args  []string
	limit time.Duration // 0: none
	probe *probe.Probe  // instead of path and args; nil: none
	// places runs command, instead of path and args; nil: none.
	places  Places
	command string
}

// paths are of the files that heat writes or looks for; each may be "".
type paths struct {
	state, metrics, lock, pause, page string
}

// target names the process that is signalled, for --dry-run and --simulate.
func (c *config) target() string {
	if c.pid > 0 {
		return fmt.Sprintf("process %d", c.pid)
	}
	return "the process of " + c.pidfile
}

// step is one check of --simulate.
type step struct {
	name    string
	outcome policy.Outcome
	code    int
	signal  syscall.Signal
}
