package options

import "strings"

// Command is heat's command line, with the tags that kong reads, and those of package flags.
type Command struct {
	Interval        Seconds  `brief:"" short:"i" env:"HEAT_INTERVAL" default:"30" placeholder:"D" group:"The check" help:"Start a check every D (default: 30s)."`
	Script          string   `short:"s" env:"HEAT_SCRIPT" placeholder:"FILE" group:"The check" predictor:"file" help:"Run the executable FILE as the check."`
	Probe           string   `env:"HEAT_PROBE" placeholder:"URL" group:"The check" help:"Check http(s)://, tcp://, tls://, dns:// or unix: without a program."`
	Config          string   `env:"-" placeholder:"FILE" group:"The check" predictor:"file" help:"Run the checks of FILE: TOML with [check.NAME] tables."`
	Name            string   `env:"HEAT_NAME" placeholder:"NAME" group:"The check" help:"Label lines, log, JSON and metrics with NAME."`
	Timeout         *Seconds `env:"HEAT_TIMEOUT" placeholder:"D" group:"The check" help:"Fail a check that takes longer (default: interval, 30s at least)."`
	IgnoreCodes     string   `was:"unknown" env:"HEAT_IGNORE_CODES" placeholder:"CODES" group:"The check" help:"Treat these exit codes (3,10-12) as neither good nor bad."`
	Delay           Seconds  `env:"HEAT_DELAY" default:"0" placeholder:"D" group:"The check" help:"Wait D before the first check (default: 0)."`
	Jitter          string   `env:"HEAT_JITTER" default:"0%" placeholder:"P%" group:"The check" help:"Delay each check randomly, up to P% of the interval (default: 0%)."`
	FailingInterval *Seconds `env:"HEAT_FAILING_INTERVAL" placeholder:"D" group:"The check" help:"Use this interval while failures are open (default: the interval)."`
	Once            bool     `env:"-" group:"The check" help:"Run one check without recovery; exit with its status."`
	UntilOK         *int     `name:"until-ok" env:"HEAT_UNTIL_OK" placeholder:"N" group:"The check" help:"Exit with 0 after N good checks in a row; repair nothing."`
	Within          *Seconds `env:"HEAT_WITHIN" placeholder:"D" group:"The check" help:"With --until-ok, exit with 3 after D."`

	Pid           *int   `brief:"" env:"HEAT_PID" placeholder:"PID" group:"Signals" help:"Signal the process PID."`
	Pidfile       string `env:"HEAT_PIDFILE" placeholder:"FILE" group:"Signals" predictor:"file" help:"Signal the process named in FILE, read each time."`
	Signal        string `env:"HEAT_SIGNAL" placeholder:"NAME" group:"Signals" predictor:"signals" help:"Send this signal at each failure (default: HUP)."`
	FaultSignal   string `env:"HEAT_FAULT_SIGNAL" placeholder:"NAME" group:"Signals" predictor:"signals" help:"Send this signal before each recovery."`
	SuccessSignal string `env:"HEAT_SUCCESS_SIGNAL" placeholder:"NAME" group:"Signals" predictor:"signals" help:"Send this signal when a repair is proven."`

	Fail            string   `env:"HEAT_FAIL" placeholder:"HOOK" group:"Hooks" predictor:"file" help:"Run HOOK at each failure."`
	Threshold       *int     `brief:"" env:"HEAT_THRESHOLD" placeholder:"N" group:"Hooks" help:"Start recovery after N failures in a row."`
	FailOf          string   `env:"HEAT_FAIL_OF" placeholder:"X/Y" group:"Hooks" help:"Count X failures of the last Y checks, instead of --threshold."`
	Flap            string   `env:"HEAT_FLAP" placeholder:"N/D" group:"Hooks" help:"Hold recovery after more than N changes in D, until D is quiet."`
	OnChange        string   `env:"HEAT_ON_CHANGE" placeholder:"HOOK" group:"Hooks" predictor:"file" help:"Run HOOK when the state changes, with JSON on its input."`
	Remind          *Seconds `env:"HEAT_REMIND" placeholder:"D" group:"Hooks" help:"Run --on-change again each D while a bad state lasts."`
	Recovery        string   `brief:"" env:"HEAT_RECOVERY" placeholder:"HOOK" group:"Hooks" predictor:"file" help:"Run HOOK to repair."`
	Recovered       string   `env:"HEAT_RECOVERED" placeholder:"HOOK" group:"Hooks" predictor:"file" help:"Run HOOK when a repair is proven."`
	RecoveryTimeout *Seconds `env:"HEAT_RECOVERY_TIMEOUT" placeholder:"D" group:"Hooks" help:"Re-check for D before repairing again (default: N re-checks)."`
	Rise            *int     `env:"HEAT_RISE" placeholder:"N" group:"Hooks" help:"Require N good checks in a row to prove a repair (default: 1)."`
	Backoff         string   `env:"HEAT_BACKOFF" placeholder:"D[,MAX]" group:"Hooks" help:"Pause D before the second recovery, then double up to MAX."`
	MaxRecoveries   *int     `env:"HEAT_MAX_RECOVERIES" placeholder:"N" group:"Hooks" help:"Give up after N recoveries (default: no limit)."`
	MinRecoveryGap  *Seconds `env:"HEAT_MIN_RECOVERY_GAP" placeholder:"D" group:"Hooks" help:"Leave at least D between recoveries (default: the interval)."`
	Stable          *Seconds `env:"HEAT_STABLE" placeholder:"D" group:"Hooks" help:"Forget past recoveries after D of good checks (default: 10 intervals)."`
	GiveUp          string   `env:"HEAT_GIVE_UP" placeholder:"HOOK" group:"Hooks" predictor:"file" help:"Run HOOK when giving up."`
	KillAfter       Seconds  `env:"HEAT_KILL_AFTER" default:"2" placeholder:"D" group:"Hooks" help:"Wait D between SIGTERM and SIGKILL (default: 2s)."`
	HookTimeout     Seconds  `env:"HEAT_HOOK_TIMEOUT" default:"0" placeholder:"D" group:"Hooks" help:"Stop a hook after D (default: no limit)."`
	Init            bool     `env:"HEAT_INIT" group:"Hooks" help:"Reap orphans; at exit, stop what hooks left running, as PID 1 does."`

	Log       string `env:"HEAT_LOG" default:"heat.log" placeholder:"FILE" group:"Files and output" predictor:"file" help:"Log to FILE; - is standard error (default: heat.log)."`
	LogSize   *int64 `env:"HEAT_LOG_SIZE" placeholder:"BYTES" group:"Files and output" help:"Start a new log file before this one exceeds BYTES."`
	LogKeep   *int   `env:"HEAT_LOG_KEEP" placeholder:"N" group:"Files and output" help:"Keep N older log files (default: 5)."`
	Time      string `env:"HEAT_TIME" enum:"unix,iso" default:"unix" placeholder:"unix|iso" group:"Files and output" help:"Print times as Unix seconds or RFC 3339 (default: unix)."`
	Format    string `env:"HEAT_FORMAT" enum:"text,json" default:"text" placeholder:"text|json" group:"Files and output" help:"Print text, or one JSON object per event (default: text)."`
	Quiet     bool   `env:"HEAT_QUIET" group:"Files and output" help:"Print only changes of state."`
	State     string `env:"HEAT_STATE" placeholder:"FILE" group:"Files and output" predictor:"file" help:"Keep counters and open failures in FILE across restarts."`
	Metrics   string `env:"HEAT_METRICS" placeholder:"FILE" group:"Files and output" predictor:"file" help:"Write Prometheus metrics to FILE."`
	Lock      string `env:"HEAT_LOCK" placeholder:"FILE" group:"Files and output" predictor:"file" help:"Exit if another heat holds the lock on FILE."`
	Page      string `env:"HEAT_PAGE" placeholder:"FILE" group:"Files and output" predictor:"file" help:"Write an HTML page with the last 90 days to FILE."`
	Ping      string `env:"HEAT_PING" placeholder:"URL" group:"Files and output" help:"Request URL each interval while heat runs; URL/fail if failing."`
	PauseFile string `env:"HEAT_PAUSE_FILE" placeholder:"FILE" group:"Files and output" predictor:"file" help:"Only check and print while FILE exists."`

	Simulate string `brief:"" env:"-" placeholder:"LIST" group:"Trying out" help:"Print what heat would do for LIST; run nothing."`
	Timeline bool   `env:"-" group:"Trying out" help:"Print the last 90 days of --state or --config, and exit."`
	DryRun   bool   `was:"watch" env:"-" group:"Trying out" help:"Run the checks, but only print signals and hooks."`

	// Typed holds the names of the options of the command line, as opposed to
	// those that variables set; Options those of all options.
	Typed   map[string]bool `kong:"-"`
	Options map[string]bool `kong:"-"`
	// AsTyped returns a message with its options as they were typed; nil: as it is.
	AsTyped func(text string) string `kong:"-"`
	// Compat follows the letter of the Python heat (HEAT_COMPAT).
	Compat bool `kong:"-"`

	// Places, if it is set, runs the command of the check in several places instead of here.
	Places Places `kong:"-"`

	Command []string `arg:"" optional:"" passthrough:"partial" predictor:"file" help:"The check. Several words are run as they are, without a shell; one word that is no executable and holds a blank or a shell character is given to sh -c."`
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
