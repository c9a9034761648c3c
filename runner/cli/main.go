package cli

import (
	"os"

	"github.com/alecthomas/kong"

	"clsh/runner/flags"
)

// arguments is what kong reads.
type arguments struct {
	Command `embed:""`
	Help    flags.Help       `group:"Other" help:"Show this help."`
	Version kong.VersionFlag `env:"-" group:"Other" help:"Show the version."`
}

const helpText = `Run a command on many hosts at once, through the system's ssh.

Options end at the first word that is not one. D is a number of seconds, or 1.5s, 2m.
Each option has an environment variable, --keep-going CLSH_KEEP_GOING.`

// tool is clsh as flags knows it.
func tool(sys *System) *flags.Tool {
	return &flags.Tool{
		Name: "clsh", Version: sys.Version, Help: helpText, After: "\n" + HelpTable, Env: "CLSH",
		Python: []string{"-h", "-i", "--hostfile", "--user", "--out", "--err", "--help"},
		Compat: flags.Compat(sys.getenv("CLSH_COMPAT")), Habits: Habits(), ValueHints: valueHints(), Stdout: sys.Stdout,
	}
}

// Main is clsh called with args. catch is called once the call is known to be right, for
// sys.Signals. It returns the exit status.
func Main(args []string, sys System, catch func() <-chan os.Signal) int {
	t := tool(&sys)
	messages, terminal := sys.Stderr, sys.StderrTerminal
	if t.Compat {
		messages, terminal = sys.Stdout, sys.StdoutTerminal
	}
	var cmd arguments
	code, unknown, err := t.Parse(&cmd, args)
	if err != nil || code >= 0 {
		t.Refuse(messages, terminal, err)
		return max(code, 0)
	}
	if !t.Compat && !cmd.Quiet {
		flags.Note(messages, unknown)
	}
	cmd.noInput = t.Typed("stdin") && !cmd.Stdin
	sys.asTyped = t.AsTyped
	sys.Signals = catch()
	return cmd.Main(sys)
}

// Flags returns clsh's options.
func Flags() ([]*kong.Flag, error) { return tool(&System{}).Flags(&arguments{}) }
