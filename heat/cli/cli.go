// Package cli is heat's command line.
package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"

	"clsh/heat"
	"clsh/runner/flags"
)

// commandLine is what kong reads.
type commandLine struct {
	heat.Command `embed:""`
	Help         flags.Help       `short:"h" group:"Other" help:"Show this help."`
	Version      kong.VersionFlag `env:"-" group:"Other" help:"Show the version."`
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

const helpText = `Run a check at an interval; tell, repair, and prove the repair.

Options end at the first word that is not one. D is a number of seconds, or 1.5s, 2m.
Each option has an environment variable, --hook-timeout HEAT_HOOK_TIMEOUT.`

// tool is heat as flags knows it.
func tool(sys *System) *flags.Tool {
	return &flags.Tool{
		Name: sys.Name, Version: sys.Version, Help: helpText, Env: "HEAT",
		Python: []string{"-i", "-s", "--pid", "--signal", "--fail", "--threshold", "--recovery", "--recovery-timeout",
			"--fault-signal", "--success-signal", "--help"},
		Compat: flags.Compat(os.Getenv("HEAT_COMPAT")), Stdout: sys.Stdout,
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
	sys.Reaper = heat.UnderReaper()
	t := tool(&sys)
	var cmd commandLine
	code, parsed, err := t.Parse(&cmd, args[1:])
	if err != nil || code >= 0 {
		flags.Refuse(sys.Stderr, sys.StderrTerminal, t.Name, err)
		return max(code, 0)
	}
	cmd.Compat = t.Compat
	if cmd.Simulate != "" {
		signal.Reset(heat.Signals()...) // nothing receives them
	} else if code, is := cmd.ReaperMain(os.Args, sys.System); is {
		return code // the heat under the reaper reports all
	}
	flags.Note(sys.Stderr, parsed.Unknown)
	for _, option := range cmd.Misplaced() {
		fmt.Fprintf(sys.Stderr, "%s: %s after %s is an argument of the check\nhint: heat's options go before the check; -- before it silences this note\n",
			sys.Name, option, cmd.Command.Command[0])
	}
	return cmd.Main(context.Background(), sys.System)
}

// Flags returns heat's options.
func Flags() ([]*kong.Flag, error) {
	return tool(&System{System: heat.System{Name: "heat"}}).Flags(&commandLine{})
}
