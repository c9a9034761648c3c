// Clsh runs a command on many hosts at once through the system's ssh. Called
// as heat, or as `clsh heat`, it runs a check at an interval instead.
package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"golang.org/x/term"

	"clsh/heat"
	heatcli "clsh/heat/cli"
	"clsh/runner/askpass"
	"clsh/runner/cli"
	"clsh/runner/cli/complete"
	"clsh/runner/cli/system"
	"clsh/runner/proc"
)

func main() { os.Exit(run(os.Args)) }

// run picks the tool by its name, and returns its exit status.
func run(args []string) int {
	if args[0] == proc.SweeperName {
		_ = proc.Sweep(args, os.Stdin, os.NewFile(3, "groups")) // nobody is left to report to
		return 0
	}
	if filepath.Base(args[0]) == askpass.Name {
		return askpass.Main(args, os.Stdout)
	}
	if code, is := heat.HelperMain(args, os.Stderr); is {
		return code
	}
	name, words := filepath.Base(args[0]), args[1:]
	if line, described, is := complete.Call(words); is {
		return complete.Main(name, line, described, cli.Completion(world(), heatcli.Flags))
	}
	switch {
	case name == "heat":
		return runHeat("heat", words)
	case len(words) > 0 && words[0] == "heat":
		return runHeat("clsh heat", words[1:])
	}
	return cli.Main(words, world(), func() <-chan os.Signal { return signals(system.Signals()) })
}

func runHeat(name string, words []string) int {
	caught := signals(heat.Signals()) // before all else: a signal at the start ends heat its way
	return heatcli.Main(append([]string{name}, words...), heatcli.System{
		Version: programVersion(), StderrTerminal: isTerminal(os.Stderr),
		System: heat.System{Name: name, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Signals: caught},
	})
}

// world is what clsh has of the world outside, but for the signals.
func world() system.System {
	home, _ := os.UserHomeDir()
	executable, _ := os.Executable()
	return system.System{
		Version: programVersion(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		StdoutTerminal: isTerminal(os.Stdout), StderrTerminal: isTerminal(os.Stderr), Size: terminalSize,
		Environ: os.Environ(), Executable: executable, Home: home, UID: os.Getuid(),
	}
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

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

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

// programVersion is what --version prints behind the name.
func programVersion() string {
	info, _ := debug.ReadBuildInfo()
	return buildVersion(version, info)
}
