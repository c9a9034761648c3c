package options

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unicode"

	"clsh/heat/executable"
	"clsh/heat/exit"
	"clsh/heat/hook"
	"clsh/heat/output"
	"clsh/heat/policy"
	"clsh/heat/probe"
	"clsh/heat/process"
)

// Settings checks the command line as a whole. Nothing has been started or
// opened when it returns.
func (c *Command) Settings() (*Settings, error) {
	cfg := &Settings{
		HookTimeout: time.Duration(c.HookTimeout), KillAfter: time.Duration(c.KillAfter), Delay: time.Duration(c.Delay),
		JSON: c.Format == "json", Quiet: c.Quiet, Compat: c.Compat, Once: c.Once, DryRun: c.DryRun,
		Files: Files{c.State, c.Metrics, c.Lock, c.PauseFile, c.Page},
	}
	return cfg.check(
		c.checkWhat, c.checkLabel, c.checkTimes, c.checkUntil, c.checkCodes, c.checkSignals, c.checkRecovery, c.checkChange, c.checkLog,
		c.checkPing, c.checkSimulate, c.checkFiles,
	)
}

// SwitchSettings checks the options that a switch has; process has those of the command line.
func (c *Command) SwitchSettings(process *Command) (*Settings, error) {
	cfg := &Settings{
		HookTimeout: time.Duration(c.HookTimeout), KillAfter: time.Duration(c.KillAfter), JSON: process.Format == "json",
		Once: process.Once, DryRun: process.DryRun, Files: Files{State: c.State},
	}
	return cfg.check(c.checkLabel, c.checkTimes, c.checkLog)
}

// check returns the settings, which parts check and complete in turn.
func (cfg *Settings) check(parts ...func(*Settings) error) (*Settings, error) {
	for _, part := range parts {
		if err := part(cfg); err != nil {
			return nil, err
		}
	}
	return cfg, nil
}

func (c *Command) checkWhat(*Settings) error {
	if len(c.Command) > 0 && c.Command[0] == "--" {
		c.Command = c.Command[1:] // kong keeps it
	}
	switch {
	case c.Typed["once"] && c.Typed["recovery"]:
		return exit.Usagef("--once: cannot be combined with --recovery\nhint: --once runs one check and repairs nothing")
	case c.Script != "" && len(c.Command) > 0:
		return exit.Compatf(exit.MsgBoth, "--script %s and the command %q are both given", c.Script, c.Command[0])
	case c.Probe != "" && c.Script != "":
		return exit.Usagef("--probe: cannot be combined with --script\nhint: heat runs one check")
	case c.Probe != "" && len(c.Command) > 0:
		return exit.Usagef("--probe: cannot be combined with the command %q\nhint: heat runs one check", c.Command[0])
	case c.Script == "" && c.Probe == "" && len(c.Command) == 0 && c.Simulate == "":
		return exit.Usagef("no check given\nhint: heat [options] COMMAND, or heat [options] -s FILE; see heat --help")
	case len(c.Command) > 0 && c.Command[0] == "":
		return exit.Usagef("the command is empty\nhint: it may be a variable that is not set")
	}
	return nil
}

// checkLabel checks what begins heat's lines. A name with a line break would
// make two lines of one.
func (c *Command) checkLabel(cfg *Settings) error {
	if strings.ContainsFunc(c.Name, unicode.IsControl) {
		return exit.Usagef("--name %q: control characters are not allowed", c.Name)
	}
	cfg.Label = output.Label{ISO: c.Time == "iso", Name: c.Name}
	return nil
}

// shortest bounds intervals from below: one of a nanosecond is a typing error.
const shortest = time.Millisecond

func (c *Command) checkTimes(cfg *Settings) error {
	interval := time.Duration(c.Interval)
	if interval < shortest {
		return exit.Usagef("--interval: must be at least %v", shortest)
	}
	cfg.Rules.Interval, cfg.Rules.Failing = interval, c.FailingInterval.Or(0)
	if c.FailingInterval != nil && cfg.Rules.Failing < shortest {
		return exit.Usagef("--failing-interval: must be at least %v", shortest)
	}
	least := max(interval, 30*time.Second)
	if c.Compat {
		least = 0
	}
	cfg.Check.Limit = c.Timeout.Or(least)
	var err error
	cfg.Jitter, err = parsePercent(c.Jitter)
	return err
}

func (c *Command) checkSignals(cfg *Settings) error {
	switch {
	case c.Pid != nil && c.Pidfile != "":
		return exit.Usagef("--pid: cannot be combined with --pidfile")
	case c.Pid != nil && *c.Pid <= 0 && c.Simulate == "":
		return exit.Compatf(exit.MsgNoPid, "--pid %d: not a process ID", *c.Pid)
	}
	hasPid := c.Pid != nil || c.Pidfile != ""
	if c.Pid != nil {
		cfg.Pid = *c.Pid
	}
	cfg.Pidfile = c.Pidfile
	cfg.Signals = map[policy.Do]syscall.Signal{}
	if hasPid {
		cfg.Signals[policy.SendSignal] = syscall.SIGHUP
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
			return exit.Usagef("%s: needs --pid or --pidfile", o.option)
		}
		s, err := process.ParseSignal(o.name)
		if err != nil {
			return exit.Usagef("%s: %v", o.option, err)
		}
		cfg.Signals[o.do] = s
	}
	return nil
}

// checkFiles looks for what is to be run, and wires the actions. It comes
// last: with --simulate nothing has to be there.
func (c *Command) checkFiles(cfg *Settings) error {
	cfg.Hooks, cfg.Rules.Wired = map[policy.Do]hook.Hook{}, map[policy.Do]bool{}
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
		parsed, err := hook.Parse(h.text, cfg.Simulate == nil)
		if _, ok := errors.AsType[*executable.Error](err); ok {
			return exit.NotExecutable(err)
		}
		if err != nil {
			return exit.Usagef("%s: %v", h.option, err)
		}
		cfg.Hooks[h.do], cfg.Rules.Wired[h.do] = parsed, true
	}
	if c.OnChange != "" || c.Flap != "" {
		cfg.Rules.Wired[policy.Changed] = true
	}
	for do := range cfg.Signals {
		cfg.Rules.Wired[do] = true
	}
	if cfg.Once {
		cfg.Rules.Threshold = 0
	}
	var err error
	switch {
	case c.Probe != "":
		if cfg.Check.Probe, err = probe.Parse(c.Probe); err != nil {
			return exit.Usagef("--probe: %v", err)
		}
		return nil
	case c.Places != nil:
		return c.checkPlaces(cfg)
	case cfg.Simulate != nil:
		return nil
	}
	cfg.Check.Path, cfg.Check.Args, err = c.resolve()
	return err
}

// checkPlaces checks a check that runs in several places.
func (c *Command) checkPlaces(cfg *Settings) error {
	switch {
	case c.Script != "":
		return exit.Usagef("script: does not go with from\nhint: command = \"TEXT\" is for the shell of each place")
	case len(c.Command) != 1:
		return exit.Usagef("from: needs command, as one text\nhint: command = \"TEXT\" is for the shell of each place")
	case cfg.Check.Limit == 0:
		return exit.Usagef("timeout: 0 does not go with from\nhint: a place that is silent must be given up some time")
	case cfg.KillAfter == 0:
		return exit.Usagef("kill-after: 0 does not go with from")
	}
	cfg.Check.Places, cfg.Check.Command = c.Places, c.Command[0]
	return nil
}

// shellCharacters make a single word that is no executable a line for the
// shell: what POSIX 2.2 lists as to be quoted, and the braces and the
// exclamation mark of its reserved words.
const shellCharacters = " \t\n|&;<>()$`\\\"'*?[]#~=%{}!"

// resolve finds out what the check runs.
func (c *Command) resolve() (path string, args []string, err error) {
	if c.Script != "" {
		return executable.Path(c.Script), []string{c.Script}, exit.NotExecutable(executable.Check(c.Script))
	}
	if c.Compat {
		return executable.Shell, []string{executable.Shell, "-c", strings.Join(c.Command, " ")}, nil
	}
	word := c.Command[0]
	path, err = exec.LookPath(word)
	if err == nil || errors.Is(err, exec.ErrDot) {
		if err := executable.Inspect(path); err != nil {
			return "", nil, &exit.Error{Code: exit.Failure, Text: fmt.Sprintf("the check cannot be started: %v", err)}
		}
		return path, c.Command, nil
	}
	if len(c.Command) == 1 && strings.ContainsAny(word, shellCharacters) {
		return executable.Shell, []string{"sh", "-c", word}, nil
	}
	if path, ok := errors.AsType[*exec.Error](err); ok {
		err = path.Err
	}
	return "", nil, &exit.Error{Code: exit.Failure, Text: fmt.Sprintf("the check cannot be started: %s: %v", word, err)}
}
