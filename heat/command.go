package heat

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unicode"

	"clsh/heat/executable"
	"clsh/heat/hook"
	"clsh/heat/output"
	"clsh/heat/policy"
	"clsh/heat/probe"
	"clsh/heat/process"
)

// Main runs heat until a signal, the end of ctx (as SIGTERM), or one of the
// ends that heat(1) names, and returns the exit status.
func (c *Command) Main(ctx context.Context, sys System) int {
	sys.compat, sys.asTyped = c.Compat, c.AsTyped
	if c.Timeline {
		return c.timeline(sys)
	}
	cfg, err := c.config()
	if err != nil {
		return sys.refuse(err)
	}
	if cfg.simulate != nil {
		return simulate(cfg, sys.Stdout)
	}
	return run(ctx, cfg, sys)
}

// config checks the command line as a whole. Nothing has been started or
// opened when it returns.
func (c *Command) config() (*config, error) {
	cfg := &config{
		hookTimeout: time.Duration(c.HookTimeout), killAfter: time.Duration(c.KillAfter), delay: time.Duration(c.Delay),
		json: c.Format == "json", quiet: c.Quiet, compat: c.Compat, once: c.Once, dryRun: c.DryRun,
		files: paths{c.State, c.Metrics, c.Lock, c.PauseFile, c.Page},
	}
	for _, part := range []func(*config) error{
		c.checkWhat, c.checkLabel, c.checkTimes, c.checkUntil, c.checkCodes, c.checkSignals, c.checkRecovery, c.checkChange, c.checkLog,
		c.checkPing, c.checkSimulate, c.checkFiles,
	} {
		if err := part(cfg); err != nil {
			return nil, err
		}
	}
	return cfg, nil
}

func (c *Command) checkWhat(*config) error {
	if len(c.Command) > 0 && c.Command[0] == "--" {
		c.Command = c.Command[1:] // kong keeps it
	}
	switch {
	case c.Typed["once"] && c.Typed["recovery"]:
		return usageErrorf("--once: cannot be combined with --recovery\nhint: --once runs one check and repairs nothing")
	case c.Script != "" && len(c.Command) > 0:
		return compatErrorf(msgBoth, "--script %s and the command %q are both given", c.Script, c.Command[0])
	case c.Probe != "" && c.Script != "":
		return usageErrorf("--probe: cannot be combined with --script\nhint: heat runs one check")
	case c.Probe != "" && len(c.Command) > 0:
		return usageErrorf("--probe: cannot be combined with the command %q\nhint: heat runs one check", c.Command[0])
	case c.Script == "" && c.Probe == "" && len(c.Command) == 0 && c.Simulate == "":
		return usageErrorf("no check given\nhint: heat [options] COMMAND, or heat [options] -s FILE; see heat --help")
	case len(c.Command) > 0 && c.Command[0] == "":
		return usageErrorf("the command is empty\nhint: it may be a variable that is not set")
	}
	return nil
}

// checkLabel checks what begins heat's lines. A name with a line break would
// make two lines of one.
func (c *Command) checkLabel(cfg *config) error {
	if strings.ContainsFunc(c.Name, unicode.IsControl) {
		return usageErrorf("--name %q: control characters are not allowed", c.Name)
	}
	cfg.label = output.Label{ISO: c.Time == "iso", Name: c.Name}
	return nil
}

// shortest bounds intervals from below: one of a nanosecond is a typing error.
const shortest = time.Millisecond

func (c *Command) checkTimes(cfg *config) error {
	interval := time.Duration(c.Interval)
	if interval < shortest {
		return usageErrorf("--interval: must be at least %v", shortest)
	}
	cfg.rules.Interval = interval
	if c.FailingInterval != nil {
		cfg.rules.Failing = time.Duration(*c.FailingInterval)
		if cfg.rules.Failing < shortest {
			return usageErrorf("--failing-interval: must be at least %v", shortest)
		}
	}
	least := max(interval, 30*time.Second)
	if c.Compat {
		least = 0
	}
	cfg.check.limit = c.Timeout.duration(least)
	var err error
	cfg.jitter, err = parsePercent(c.Jitter)
	return err
}

func (c *Command) checkCodes(cfg *config) error {
	var err error
	cfg.rules.Unknown, err = parseCodes(c.IgnoreCodes)
	return err
}

func (c *Command) checkSignals(cfg *config) error {
	switch {
	case c.Pid != nil && c.Pidfile != "":
		return usageErrorf("--pid: cannot be combined with --pidfile")
	case c.Pid != nil && *c.Pid <= 0 && c.Simulate == "":
		return compatErrorf(msgNoPid, "--pid %d: not a process ID", *c.Pid)
	}
	hasPid := c.Pid != nil || c.Pidfile != ""
	if c.Pid != nil {
		cfg.pid = *c.Pid
	}
	cfg.pidfile = c.Pidfile
	cfg.signals = map[policy.Do]syscall.Signal{}
	if hasPid {
		cfg.signals[policy.SendSignal] = syscall.SIGHUP
	}
	for _, o := range []struct {
		option, name string
		do           policy.Do
	}{
		{"--signal", c.Signal, policy.SendSignal},
		{"--fault-signal", c.FaultSignal, policy.SendFault},
		{"--success-signal", c.SuccessSignal, policy.SendSuccess},
	} {
		if o.name == "" {
			continue
		}
		if !hasPid {
			return usageErrorf("%s: needs --pid or --pidfile", o.option)
		}
		s, err := process.ParseSignal(o.name)
		if err != nil {
			return usageErrorf("%s: %v", o.option, err)
		}
		cfg.signals[o.do] = s
	}
	return nil
}

func (c *Command) checkSimulate(cfg *config) error {
	if c.Simulate == "" {
		return nil
	}
	var err error
	cfg.simulate, err = parseSteps(c.Simulate)
	return err
}

// checkFiles looks for what is to be run, and wires the actions. It comes
// last: with --simulate nothing has to be there.
func (c *Command) checkFiles(cfg *config) error {
	cfg.hooks = map[policy.Do]hook.Hook{}
	for _, h := range []struct {
		do           policy.Do
		option, text string
	}{
		{policy.RunFail, "--fail", c.Fail}, {policy.RunRecovery, "--recovery", c.Recovery},
		{policy.RunChange, "--on-change", c.OnChange}, {policy.RunRecovered, "--recovered", c.Recovered}, {policy.RunGiveUp, "--give-up", c.GiveUp},
	} {
		if h.text == "" {
			continue
		}
		parsed, err := hook.Parse(h.text, cfg.simulate == nil)
		if _, ok := errors.AsType[*executable.Error](err); ok {
			return notExecutable(err)
		}
		if err != nil {
			return usageErrorf("%s: %v", h.option, err)
		}
		cfg.hooks[h.do] = parsed
	}
	cfg.rules.Wired = map[policy.Do]bool{}
	if c.OnChange != "" || c.Flap != "" {
		cfg.rules.Wired[policy.Changed] = true
	}
	for do := range cfg.signals {
		cfg.rules.Wired[do] = true
	}
	for do := range cfg.hooks {
		cfg.rules.Wired[do] = true
	}
	if cfg.once {
		cfg.rules.Threshold = 0
	}
	var err error
	switch {
	case c.Probe != "":
		if cfg.check.probe, err = probe.Parse(c.Probe); err != nil {
			return usageErrorf("--probe: %v", err)
		}
		return nil
	case c.places != nil:
		return c.checkPlaces(cfg)
	case cfg.simulate != nil:
		return nil
	}
	cfg.check.path, cfg.check.args, err = c.resolve()
	return err
}

// shellCharacters make a single word that is no executable a line for the
// shell: what POSIX 2.2 lists as to be quoted, and the braces and the
// exclamation mark of its reserved words.
const shellCharacters = " \t\n|&;<>()$`\\\"'*?[]#~=%{}!"

// resolve finds out what the check runs.
func (c *Command) resolve() (path string, args []string, err error) {
	if c.Script != "" {
		return executable.Path(c.Script), []string{c.Script}, notExecutable(executable.Check(c.Script))
	}
	if c.Compat {
		return executable.Shell, []string{executable.Shell, "-c", strings.Join(c.Command, " ")}, nil
	}
	word := c.Command[0]
	path, err = exec.LookPath(word)
	if err == nil || errors.Is(err, exec.ErrDot) {
		if err := executable.Inspect(path); err != nil {
			return "", nil, &exitError{code: exitFailure, text: fmt.Sprintf("the check cannot be started: %v", err)}
		}
		return path, c.Command, nil
	}
	if len(c.Command) == 1 && strings.ContainsAny(word, shellCharacters) {
		return executable.Shell, []string{"sh", "-c", word}, nil
	}
	if path, ok := errors.AsType[*exec.Error](err); ok {
		err = path.Err
	}
	return "", nil, &exitError{code: exitFailure, text: fmt.Sprintf("the check cannot be started: %s: %v", word, err)}
}
