package cli

import (
	"os"

	"github.com/alecthomas/kong"

	"clsh/runner/flags"
)

// arguments is what kong reads.
type arguments struct {
	Command  `embed:""`
	Config   string `env:"-" type:"name" group:"Other" placeholder:"FILE" predictor:"file" help:"Read settings from FILE instead of ~/.config/clsh/config.toml."`
	NoConfig bool   `env:"-" group:"Other" help:"Read no configuration file."`

	Help    flags.Help       `group:"Other" help:"Show this help."`
	Version kong.VersionFlag `env:"-" group:"Other" help:"Show the version."`
}

const helpText = `Run a command on many hosts at once, through the system's ssh.

Options end at the first word that is not one. D is a number of seconds, or 1.5s, 2m.
Each option has an environment variable, --keep-going CLSH_KEEP_GOING, and a key in
~/.config/clsh/config.toml, keep-going = true; but not those that choose hosts or what is done.`

// tool is clsh as flags knows it.
func tool(sys *System) *flags.Tool {
	return &flags.Tool{
		Name: "clsh", Version: sys.Version, Help: helpText, After: "\n" + HelpTable, Env: "CLSH",
		Python: []string{"-h", "-i", "--hostfile", "--user", "--out", "--err", "--help"},
		Compat: flags.Compat(sys.getenv("CLSH_COMPAT")), Stdout: sys.Stdout,
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
	var note string // about a configuration file that is not used
	t.Config = func() (file *flags.ConfigFile, err error) {
		file, note, err = cmd.configFile(&sys, t.Compat)
		return file, err
	}
	code, parsed, err := t.Parse(&cmd, args)
	if err != nil || code >= 0 {
		flags.Refuse(messages, terminal, t.Name, err)
		return max(code, 0)
	}
	if !t.Compat && !cmd.Quiet {
		flags.Note(messages, parsed.Unknown)
		if note != "" {
			sys.tell("%s", note)
		}
	}
	cmd.origins = parsed.Origins
	sys.Signals = catch()
	return cmd.Main(sys)
}

// Flags returns clsh's options.
func Flags() ([]*kong.Flag, error) { return tool(&System{}).Flags(&arguments{}) }
