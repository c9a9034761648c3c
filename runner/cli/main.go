package cli

import (
	"os"
	"slices"

	"github.com/alecthomas/kong"

	"clsh/runner/cli/records"
	"clsh/runner/cli/system"
	"clsh/runner/flags"
)

// Main is clsh called with args. catch is called once the call is known to be right, for
// sys.Signals. It returns the exit status.
func Main(args []string, sys system.System, catch func() <-chan os.Signal) int {
	t := tool(&sys)
	messages, terminal := sys.Stderr, sys.StderrTerminal
	if t.Compat {
		messages, terminal = sys.Stdout, sys.StdoutTerminal
	}
	var cmd arguments
	var note string // about a configuration file that is not used
	t.Config = func() (file *flags.ConfigFile, err error) {
		file, note, err = sys.ConfigFile(cmd.Config, cmd.NoConfig, t.Compat)
		return file, err
	}
	code, parsed, err := t.Parse(&cmd, args)
	if err != nil || code >= 0 {
		t.Refuse(messages, terminal, err)
		return max(code, 0)
	}
	if !t.Compat && !cmd.Quiet {
		flags.Note(messages, parsed.Unknown)
		if note != "" {
			sys.Tell("%s", note)
		}
	}
	cmd.noInput = t.Typed("stdin") && !cmd.Stdin
	sys.AsTyped = t.AsTyped
	cmd.origins = parsed.Origins
	cmd.carried = flags.Carried{Options: slices.DeleteFunc(parsed.Options, func(f *kong.Flag) bool { return !records.TakenOver(f) }), Origins: parsed.Origins}
	sys.Signals = catch()
	return cmd.Main(sys)
}
