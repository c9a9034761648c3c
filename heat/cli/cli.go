// Package cli is heat's command line.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"

	"clsh/heat"
	"clsh/heat/options"
	"clsh/heat/reaper"
	"clsh/runner/flags"
)

// commandLine is what kong reads.
type commandLine struct {
	options.Command `embed:""`
	Help            flags.Help       `short:"h" group:"Other" help:"Print this help."`
	Version         kong.VersionFlag `env:"-" group:"Other" help:"Print the version."`

	Completion flags.Completion `enum:"bash,zsh,fish," default:"" env:"-" group:"Other" placeholder:"SHELL" help:"Print the completion script for bash, zsh or fish."`
}

// AfterApply records which options were typed; others come from variables.
func (c *commandLine) AfterApply(ctx *kong.Context) error {
	c.Typed = map[string]bool{}
	for _, part := range ctx.Path {
		if part.Flag != nil {
			c.Typed[part.Flag.Name] = true
		}
	}
	c.Options = map[string]bool{}
	for _, f := range ctx.Model.Flags {
		c.Options[f.Name] = true
	}
	return nil
}

// text is what heat --help says besides the options.
func text() flags.Text {
	return flags.Text{
		Usage:   []string{"[options] [--] command [argument ...]", "[options] -s SCRIPT", "[options] --probe URL", "[options] --config FILE"},
		Summary: "Run a check at an interval, report and repair failures, and prove the repair.",
		Examples: []flags.Row{
			{Left: "heat -i 30 curl -sf localhost:8000"},
			{Left: "heat -i 10 --threshold 3 --recovery 'systemctl restart nginx' -s ./check"},
			{Left: "heat -i 5 --fail 'logger -t web failed' 'pgrep nginx >/dev/null'"},
			{Left: "heat -i 2 --pidfile /run/web.pid --signal USR1 -s ./check"},
			{Left: "heat --once --timeout 5 --probe tcp://localhost:5432"},
			{Left: "heat --simulate 'ok,fail*3,ok' --threshold 3 --recovery ./repair"},
		},
		Exit: []flags.Row{
			{Left: "0", Right: "With --until-ok, N checks in a row were good."},
			{Left: "1", Right: "A script is not executable, a check cannot start, or PID does not exist."},
			{Left: "2", Right: "The call was wrong."},
			{Left: "3", Right: "heat gave up after --max-recoveries, or --within was over."},
			{Left: "128 + n", Right: "Signal n ended heat."},
			{Left: "other", Right: "With --once, the exit status of the check."},
		},
		Notes: "Options end at the first word that is not one. D is a number of seconds, or\n" +
			"1.5s, 2m. Most options have a variable: --hook-timeout has HEAT_HOOK_TIMEOUT.",
	}
}

// tool is heat as flags knows it.
func tool(sys *System) *flags.Tool {
	return &flags.Tool{
		Name: sys.Name, Version: sys.Version, Text: text(), Env: "HEAT",
		Python: []string{"-i", "-s", "--pid", "--signal", "--fail", "--threshold", "--recovery", "--recovery-timeout",
			"--fault-signal", "--success-signal", "--help"},
		Compat: flags.Compat(os.Getenv("HEAT_COMPAT")), Habits: Habits(), Stdout: sys.Stdout,
	}
}

// Habits returns options that are habits from watch(1) and curl(1), and what heat answers.
func Habits() []flags.Habit {
	return []flags.Habit{
		{Spellings: "-n", Problem: "heat has no such option", Hint: "-i D sets the interval"},
		{Spellings: "-t", Problem: "heat has no such option", Hint: "--timeout D limits a check"},
		{Spellings: "-c", Problem: "heat has no such option", Hint: "the check comes last: heat [options] COMMAND"},
	}
}

// System is what heat has of the world outside.
type System struct {
	heat.System
	Version        string
	StderrTerminal bool
}

// Main is heat called with args, the name first. It returns the exit status.
func Main(args []string, sys System) int {
	sys.Reaper = reaper.Connect()
	t := tool(&sys)
	var cmd commandLine
	code, parsed, err := t.Parse(&cmd, args[1:])
	if err != nil || code >= 0 {
		t.Refuse(sys.Stderr, sys.StderrTerminal, err)
		return max(code, 0)
	}
	cmd.Compat, cmd.AsTyped = t.Compat, t.AsTyped
	if !t.Compat && cmd.bare() {
		if options, err := t.Flags(&commandLine{}); err == nil {
			_, _ = io.WriteString(sys.Stderr, t.Brief(options))
			return flags.ExitUsage
		}
	}
	if cmd.Simulate != "" || cmd.Timeline {
		signal.Reset(heat.Signals()...) // nothing receives them
	} else if code, is := heat.ReaperMain(&cmd.Command, os.Args, sys.System); is {
		return code // the heat under the reaper reports all
	}
	flags.Note(sys.Stderr, parsed.Unknown)
	for _, option := range cmd.Misplaced() {
		fmt.Fprintf(sys.Stderr, "%s: %s after %s is an argument of the check\nhint: heat's options go before the check; -- before it silences this note\n",
			sys.Name, option, cmd.Command.Command[0])
	}
	if cmd.Config != "" {
		if err := cmd.checkConfig(); err != nil {
			t.Refuse(sys.Stderr, sys.StderrTerminal, errors.New(t.AsTyped(err.Error())))
			return flags.ExitUsage
		}
		return heat.MainOf(context.Background(), &cmd.Command, file(t, cmd.Config, placesSystem(sys.Environ)), sys.System)
	}
	return heat.Main(context.Background(), &cmd.Command, sys.System)
}

// bare reports whether heat was called without anything.
func (c *commandLine) bare() bool {
	return len(c.Typed) == 0 && len(c.Command.Command) == 0 && c.Script == "" && c.Probe == ""
}

// Flags returns heat's options.
func Flags() ([]*kong.Flag, error) {
	return tool(&System{System: heat.System{Name: "heat"}}).Flags(&commandLine{})
}
