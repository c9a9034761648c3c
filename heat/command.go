package heat

import (
	"context"
	"io"
	"os"
	"strings"
)

// Command is heat's command line, with the tags that kong reads. The program
// turns single-dash long options into double-dash ones before parsing.
type Command struct {
	Interval        Seconds  `short:"i" env:"HEAT_INTERVAL" default:"30" placeholder:"D" group:"The check" help:"Time from the start of one check to the start of the next (default: 30 seconds). D is a number of seconds, or 1.5s, 2m."`
	Script          string   `short:"s" env:"HEAT_SCRIPT" placeholder:"FILE" group:"The check" predictor:"file" help:"The check is this executable."`
	Name            string   `env:"HEAT_NAME" placeholder:"NAME" group:"The check" help:"Label lines, log, JSON and metrics with NAME."`
	Timeout         *Seconds `env:"HEAT_TIMEOUT" placeholder:"D" group:"The check" help:"End a check that runs longer; it has failed with exit code 124. 0 is no limit (default: the interval, at least 30 seconds)."`
	Unknown         string   `env:"HEAT_UNKNOWN" placeholder:"CODES" group:"The check" help:"Exit codes that are neither good nor bad: 3,10-12."`
	Delay           Seconds  `env:"HEAT_DELAY" default:"0" placeholder:"D" group:"The check" help:"Wait before the first check."`
	Jitter          string   `env:"HEAT_JITTER" default:"0%" placeholder:"P%" group:"The check" help:"Begin each check up to P percent of the interval later, at random."`
	FailingInterval *Seconds `env:"HEAT_FAILING_INTERVAL" placeholder:"D" group:"The check" help:"The interval while failures are open (default: the interval)."`
	Once            bool     `env:"-" group:"The check" help:"One check, with --signal and --fail, without recovery. Its exit status is heat's."`

	Pid           *int   `env:"HEAT_PID" placeholder:"PID" group:"Signals" help:"The process to signal."`
	Pidfile       string `env:"HEAT_PIDFILE" placeholder:"FILE" group:"Signals" predictor:"file" help:"Read the process to signal from FILE, each time anew."`
	Signal        string `env:"HEAT_SIGNAL" placeholder:"NAME" group:"Signals" help:"Send it at each failure (default: HUP)."`
	FaultSignal   string `env:"HEAT_FAULT_SIGNAL" placeholder:"NAME" group:"Signals" help:"Send it before each recovery."`
	SuccessSignal string `env:"HEAT_SUCCESS_SIGNAL" placeholder:"NAME" group:"Signals" help:"Send it when a repair is proven."`

	Fail            string   `env:"HEAT_FAIL" placeholder:"HOOK" group:"Scripts" predictor:"file" help:"Run HOOK, a script or a command line, at each failure."`
	Threshold       *int     `env:"HEAT_THRESHOLD" placeholder:"N" group:"Scripts" help:"Failures in a row until recovery."`
	Recovery        string   `env:"HEAT_RECOVERY" placeholder:"HOOK" group:"Scripts" predictor:"file" help:"Run HOOK to repair."`
	Recovered       string   `env:"HEAT_RECOVERED" placeholder:"HOOK" group:"Scripts" predictor:"file" help:"Run HOOK when a repair is proven."`
	RecoveryTimeout *Seconds `env:"HEAT_RECOVERY_TIMEOUT" placeholder:"D" group:"Scripts" help:"Re-check for so long before repairing again (default: N re-checks)."`
	Rise            *int     `env:"HEAT_RISE" placeholder:"N" group:"Scripts" help:"Good checks in a row that prove a repair (default: 1)."`
	Backoff         string   `env:"HEAT_BACKOFF" placeholder:"D[,MAX]" group:"Scripts" help:"Pause D before the second recovery, doubled for each further one up to MAX (default for MAX: one hour, or D)."`
	MaxRecoveries   *int     `env:"HEAT_MAX_RECOVERIES" placeholder:"N" group:"Scripts" help:"Give up after N recoveries: exit status 3."`
	MinRecoveryGap  *Seconds `env:"HEAT_MIN_RECOVERY_GAP" placeholder:"D" group:"Scripts" help:"Start no recovery within D after the last one (default: the interval)."`
	Stable          *Seconds `env:"HEAT_STABLE" placeholder:"D" group:"Scripts" help:"Forget earlier recoveries, for --backoff and --max-recoveries, after good checks for D (default: 10 intervals)."`
	GiveUp          string   `env:"HEAT_GIVE_UP" placeholder:"HOOK" group:"Scripts" predictor:"file" help:"Run HOOK when giving up."`
	KillAfter       Seconds  `env:"HEAT_KILL_AFTER" default:"2" placeholder:"D" group:"Scripts" help:"Wait D between SIGTERM and SIGKILL, for checks and hooks (default: 2 seconds)."`
	HookTimeout     Seconds  `env:"HEAT_HOOK_TIMEOUT" default:"0" placeholder:"D" group:"Scripts" help:"End a script that runs longer, with its process group. 0 is no limit."`
	Init            bool     `env:"HEAT_INIT" group:"Scripts" help:"Reap orphans, and end with heat what hooks left, as PID 1 does."`

	Log       string `env:"HEAT_LOG" default:"heat.log" placeholder:"FILE" group:"Files and output" predictor:"file" help:"Write the detailed log to FILE; - is standard error (default: heat.log)."`
	LogSize   *int64 `env:"HEAT_LOG_SIZE" placeholder:"BYTES" group:"Files and output" help:"Begin a new log file before this one gets larger."`
	LogKeep   *int   `env:"HEAT_LOG_KEEP" placeholder:"N" group:"Files and output" help:"Keep N older log files, FILE.1 being the latest (default: 5)."`
	Time      string `env:"HEAT_TIME" enum:"unix,iso" default:"unix" placeholder:"unix|iso" group:"Files and output" help:"Print times as Unix seconds or as RFC 3339 (default: unix)."`
	Format    string `env:"HEAT_FORMAT" enum:"text,json" default:"text" placeholder:"text|json" group:"Files and output" help:"json: an object for each event, one a line."`
	Quiet     bool   `env:"HEAT_QUIET" group:"Files and output" help:"Show only changes of state."`
	State     string `env:"HEAT_STATE" placeholder:"FILE" group:"Files and output" predictor:"file" help:"Keep counters and open failures in FILE over restarts."`
	Metrics   string `env:"HEAT_METRICS" placeholder:"FILE" group:"Files and output" predictor:"file" help:"Write metrics for Prometheus' text file collector."`
	Lock      string `env:"HEAT_LOCK" placeholder:"FILE" group:"Files and output" predictor:"file" help:"Refuse to start while another heat holds this lock."`
	PauseFile string `env:"HEAT_PAUSE_FILE" placeholder:"FILE" group:"Files and output" predictor:"file" help:"While FILE is there, checks run and are shown, and nothing else happens."`

	Simulate string `env:"-" placeholder:"LIST" group:"Trying out" help:"Run nothing; show what would happen if the checks ended like this: ok,fail*3,fail:7,timeout,signal:9,cannot-run."`
	Watch    bool   `env:"-" group:"Trying out" help:"Run the checks, but only tell what would be signalled and run."`

	// Typed holds the names of the options of the command line, as opposed to
	// those that variables set; Options those of all options.
	Typed   map[string]bool `kong:"-"`
	Options map[string]bool `kong:"-"`
	// AsTyped returns a message with its options as they were typed; nil: as it is.
	AsTyped func(text string) string `kong:"-"`
	// Compat follows the letter of the Python heat (HEAT_COMPAT).
	Compat bool `kong:"-"`

	Command []string `arg:"" optional:"" passthrough:"partial" predictor:"file" help:"The check. Several words are run as they are, without a shell; one word that is no executable and holds a blank or a shell character is given to sh -c."`
}

// System is what heat has of the world outside: its streams, its environment
// and the signals that reach it.
type System struct {
	// Name begins messages about a wrong call: "heat" or "clsh heat".
	Name   string
	Stdout io.Writer
	// Stderr is also where the scripts write. It must be a file, since a
	// pipe of heat's would end whatever a script leaves running.
	Stderr *os.File
	// Environ is handed on to checks and scripts.
	Environ []string
	// Signals delivers those of Signals that were not ignored at the start.
	// The receiver of SIGPIPE must be somebody else, or nobody but by
	// signal.Notify: an ignored signal would stay ignored in the service
	// that a script starts.
	Signals <-chan os.Signal
	// Reaper is what UnderReaper returned.
	Reaper *Reaper

	compat  bool
	asTyped func(text string) string // of the command line: options as they were typed
}

// Misplaced returns heat's long options among the check's arguments. Behind a
// -- they are meant for the check, as are those that the Python heat did not have.
func (c *Command) Misplaced() []string {
	var found []string
	if c.Compat || len(c.Command) == 0 || c.Command[0] == "--" {
		return nil
	}
	for _, word := range c.Command[1:] {
		name, isLong := strings.CutPrefix(word, "--")
		name, _, _ = strings.Cut(name, "=")
		if word == "--" {
			break
		}
		if isLong && c.Options[name] {
			found = append(found, "--"+name)
		}
	}
	return found
}

// Main runs heat until a signal, the end of ctx (as SIGTERM), or one of the
// ends that the manual names, and returns the exit status.
func (c *Command) Main(ctx context.Context, sys System) int {
	sys.compat, sys.asTyped = c.Compat, c.AsTyped
	cfg, err := c.config()
	if err != nil {
		return sys.refuse(err)
	}
	if cfg.simulate != nil {
		return simulate(cfg, sys.Stdout)
	}
	return run(ctx, cfg, sys)
}
