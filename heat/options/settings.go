package options

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

// Settings are a checked command line.
type Settings struct {
	Rules       policy.Rules
	Check       Check
	HookTimeout time.Duration // 0: none
	KillAfter   time.Duration // between SIGTERM and SIGKILL
	Delay       time.Duration
	Tick        time.Duration // the grid begins at a multiple of it; 0: at any instant
	Jitter      float64       // of the interval
	Signalling
	Hooks        map[policy.Do]hook.Hook
	Label        output.Label
	Log          output.LogSpec
	JSON, Quiet  bool
	Compat       bool // the letter of the Python heat
	Once, DryRun bool
	Files        Files
	Ping         *url.URL // nil: none
	Simulate     []Step
}

// Signalling is which process is signalled, and how.
type Signalling struct {
	Pid     int // 0: none
	Pidfile string
	Signals map[policy.Do]syscall.Signal
}

// Check is what is run, and for how long at most. A switch has none: all of it is zero.
type Check struct {
	Path  string
	Args  []string
	Limit time.Duration // 0: none
	Probe *probe.Probe  // instead of Path and Args; nil: none
	// Places runs Command, instead of Path and Args; nil: none.
	Places  Places
	Command string
}

// Files are those that heat writes or looks for; each may be "".
type Files struct {
	State, Metrics, Lock, Pause, Page string
}

// Target names the process that is signalled, for --dry-run and --simulate.
func (s *Settings) Target() string {
	if s.Pid > 0 {
		return fmt.Sprintf("process %d", s.Pid)
	}
	return "the process of " + s.Pidfile
}
