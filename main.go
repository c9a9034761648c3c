// Clsh runs a command on many hosts at once through the system's ssh. Called
// as heat, or as `clsh heat`, it runs a check at an interval instead.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"clsh/heat"
	"clsh/runner/clsh"
	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/sink"
)

// version is set by the release build (-ldflags "-X main.version=…").
var version string

func main() {
	if os.Args[0] == proc.SweeperName {
		_ = proc.Sweep(os.Args, os.Stdin, os.NewFile(3, "groups")) // nobody is left to be told
		return
	}
	if code, is := heat.HelperMain(os.Args, os.Stderr); is {
		os.Exit(code)
	}
	args := os.Args[1:]
	if len(args) == 2 && args[0] == completeOption {
		os.Exit(complete(filepath.Base(os.Args[0]), args[1], system(), os.Stdout))
	}
	switch {
	case filepath.Base(os.Args[0]) == "heat":
		os.Exit(runHeat("heat", args))
	case len(args) > 0 && args[0] == "heat":
		os.Exit(runHeat("clsh heat", args[1:]))
	}
	os.Exit(runClsh(args))
}

// heatParsed is what kong makes of heat's command line.
type heatParsed struct {
	heat.Command `embed:""`
	Help         helpFlag         `short:"h" group:"Other" help:"Show this help."`
	Version      kong.VersionFlag `env:"-" group:"Other" help:"Show the version."`
}

// AfterApply records which options were typed; others come from variables.
//
//nolint:unparam // the signature is kong's
func (p *heatParsed) AfterApply(ctx *kong.Context) error {
	p.Typed = map[string]bool{}
	for _, part := range ctx.Path {
		if part.Flag != nil {
			p.Typed[part.Flag.Name] = true
		}
	}
	p.Compat = clsh.Compat(os.Getenv("HEAT_COMPAT"))
	p.Options = map[string]bool{}
	for _, f := range ctx.Model.Flags {
		p.Options[f.Name] = true
	}
	return nil
}

// noteMisplaced prints a note for each of heat's long options that follows the
// check's first word, and so belongs to the check.
func noteMisplaced(name string, p *heatParsed) {
	for _, option := range p.Misplaced() {
		fmt.Fprintf(os.Stderr, "%s: %s after %s is an argument of the check\nhint: heat's options go before the check; -- before it silences this note\n",
			name, option, p.Command.Command[0])
	}
}

const heatHelp = `Run a check at an interval; tell, repair, and prove the repair.

Options end at the first word that is not one. D is a number of seconds, or 1.5s, 2m.
Each option has an environment variable, --hook-timeout HEAT_HOOK_TIMEOUT.`

func runHeat(name string, args []string) int {
	caught := signals(heat.Signals()) // before all else: a signal at the start ends heat its way
	reaper := heat.UnderReaper()
	var cmd heatParsed
	code, unknown, err := parse(name, heatHelp, "HEAT", &cmd, args)
	if err != nil || code >= 0 {
		return refused(os.Stderr, name, code, err)
	}
	sys := heat.System{Name: name, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Signals: caught, Reaper: reaper}
	if cmd.Simulate != "" {
		signal.Reset(heat.Signals()...) // nothing receives them
	} else if code, is := cmd.ReaperMain(os.Args, sys); is {
		return code // the heat under the reaper reports all
	}
	noteVariables(os.Stderr, unknown)
	noteMisplaced(name, &cmd)
	return cmd.Main(context.Background(), sys)
}

// parsed is what kong makes of clsh's command line.
type parsed struct {
	clsh.Command `embed:""`
	Help         helpFlag         `group:"Other" help:"Show this help."`
	Version      kong.VersionFlag `env:"-" group:"Other" help:"Show the version."`
}

func runClsh(args []string) int {
	var cmd parsed
	messages, compat := os.Stderr, clsh.Compat(os.Getenv("CLSH_COMPAT"))
	if compat {
		messages = os.Stdout
	}
	code, unknown, err := parse("clsh", clshHelp, "CLSH", &cmd, args)
	if err != nil || code >= 0 {
		return refused(messages, "clsh", code, err)
	}
	if !compat && !cmd.Quiet {
		noteVariables(messages, unknown)
	}
	sys := system()
	sys.Signals = signals(clsh.Signals())
	return cmd.Main(sys)
}

// system is what clsh has of the world outside, but for the signals.
func system() clsh.System {
	home, _ := os.UserHomeDir()
	executable, _ := os.Executable()
	return clsh.System{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		StdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())), StderrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Size: terminalSize, Environ: os.Environ(), Executable: executable, Home: home, UID: os.Getuid(),
	}
}

// helpFlag shows the help. kong's own takes -h.
type helpFlag bool

// BeforeReset is called by kong before anything is checked.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	if ctx.Model.Name == "clsh" {
		fmt.Fprintf(ctx.Stdout, "\n%s", clsh.HelpTable)
	}
	ctx.Exit(0)
	return nil
}

const clshHelp = `Run a command on many hosts at once, through the system's ssh.

Options end at the first word that is not one. D is a number of seconds, or 1.5s, 2m.
Each option has an environment variable, --keep-going CLSH_KEEP_GOING.`

// parse reads args into cmd. A status of 0 or more says that this was all:
// the help or the version was shown, or err tells what is wrong. unknown are the
// tool's variables that have no effect.
func parse(name, help, env string, cmd any, args []string) (code int, unknown []string, err error) {
	code = -1
	parser, err := newParser(name, help, env, cmd)
	if err != nil {
		return event.CodeUsage, nil, err
	}
	// kong exits in the middle of parsing for --help and --version.
	defer func() {
		switch r := recover().(type) {
		case nil:
		case shown:
			code, err = int(r), nil
		default:
			panic(r)
		}
	}()
	unsetEmpty(parser.Model.Flags)
	unknown, retired := checkVariables(env, parser.Model.Flags, os.Environ())
	o := optionsOf(parser.Model.Flags)
	if clsh.Compat(os.Getenv(env + "_COMPAT")) {
		o.compat = pythonOptions(env)
	}
	words, err := normalize(args, o)
	if err == nil {
		_, err = parser.Parse(words)
	}
	if err == nil {
		err = retired // which --help and --version do not come to
	}
	if err != nil {
		return event.CodeUsage, nil, err
	}
	return code, unknown, nil
}

// newParser returns the parser of a tool: help describes it, env begins the
// names of its variables, cmd is its command line.
func newParser(name, help, env string, cmd any) (*kong.Kong, error) {
	return kong.New(cmd,
		kong.Name(name), kong.Description(help), kong.NoDefaultHelp(), kong.Writers(os.Stdout, os.Stderr),
		kong.DefaultEnvars(env), kong.Vars{"version": name + " " + buildVersion()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.ValueFormatter(func(v *kong.Value) string { return v.Help }), // its own adds the variable to each line
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(mapDuration)),
		kong.NamedMapper("name", kong.MapperFunc(mapName)),
		kong.KindMapper(reflect.String, kong.MapperFunc(mapString)),
		kong.Exit(func(status int) { panic(shown(status)) }),
	)
}

// unsetEmpty lets an empty variable count as one that is not set.
func unsetEmpty(flags []*kong.Flag) {
	for _, f := range flags {
		for _, name := range f.Envs {
			if os.Getenv(name) == "" {
				_ = os.Unsetenv(name) // fails on impossible names only
			}
		}
	}
}

// shown is the panic in place of kong's exit.
type shown int

// refused prints on w what was wrong with a call.
func refused(w *os.File, name string, code int, err error) int {
	if err != nil {
		var usage *kong.ParseError
		if errors.As(err, &usage) {
			err = errors.New(usage.Error())
		}
		text := err.Error()
		if !strings.Contains(text, "\nhint: ") {
			text += "\nhint: " + name + " --help"
		}
		if term.IsTerminal(int(w.Fd())) {
			text = sink.Visible(text)
		}
		fmt.Fprintf(w, "%s: %s\n", name, text)
	}
	return code
}

// signals delivers those wanted, but for those that were ignored
// when the program began: nohup(1) stays in force. SIGPIPE is asked for, so
// that a write to a closed pipe is an error and not our end.
func signals(wanted []os.Signal) <-chan os.Signal {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	c := make(chan os.Signal, 8)
	for _, s := range wanted {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	return c
}

// terminalSize returns the rows and columns of the first of our streams that
// is a terminal, 0 and 0 where none is.
func terminalSize() (rows, cols int) {
	for _, f := range []*os.File{os.Stderr, os.Stdout, os.Stdin} {
		if cols, rows, err := term.GetSize(int(f.Fd())); err == nil && cols > 0 && rows > 0 {
			return rows, cols
		}
	}
	return 0, 0
}

// buildVersion returns the version that the build was given, else what Go knows
// of the source.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
