package cli

import (
	"github.com/alecthomas/kong"

	"clsh/runner/cli/habits"
	"clsh/runner/cli/system"
	"clsh/runner/flags"
)

// arguments is what kong reads.
type arguments struct {
	Command  `embed:""`
	Config   string `env:"-" type:"name" group:"Other" placeholder:"FILE" predictor:"file" help:"Read settings from FILE instead of ~/.config/clsh/config.toml."`
	NoConfig bool   `env:"-" group:"Other" help:"Read no configuration file."`

	Help    flags.Help       `group:"Other" help:"Print this help."`
	Version kong.VersionFlag `env:"-" group:"Other" help:"Print the version."`

	Completion flags.Completion `enum:"bash,zsh,fish," default:"" env:"-" group:"Other" placeholder:"SHELL" help:"Print the completion script for bash, zsh or fish."`
}

// text is what clsh --help says besides the options.
func text() flags.Text {
	return flags.Text{
		Usage:   []string{"[options] [--] command [argument ...]", "[options] -i"},
		Summary: "Run a command on many hosts at once, through the system's ssh.",
		Examples: []flags.Row{
			{Left: "clsh -h 'node[1-3]' uptime", Right: "on three hosts"},
			{Left: "clsh -b -g web uname -r", Right: "each distinct output once"},
			{Left: "clsh --diff -a cat /etc/hosts", Right: "which hosts differ, and how"},
			{Left: "clsh --keep-going -u 30 -a df -h", Right: "30 seconds each, whoever is lost"},
			{Left: "clsh --stdin -g db 'cat >x.conf' <x.conf", Right: "send a file"},
			{Left: "clsh -i -g web", Right: "a prompt for a whole group"},
		},
		Exit: []flags.Row{
			{Left: "0", Right: "The command succeeded on every host."},
			{Left: "n", Right: "The highest exit status of any host; 128 + n if signal n ended it."},
			{Left: "3", Right: "A gate or an answer stopped the run, and no host failed."},
			{Left: "124", Right: "The command ran past --timeout on some host."},
			{Left: "255", Right: "Some host was lost or unreachable."},
			{Left: "1", Right: "clsh could not write its output."},
			{Left: "2", Right: "The call was wrong, or selected no hosts; nothing has run."},
			{Left: "128 + n", Right: "Signal n ended clsh."},
		},
		Notes: "Options end at the first word that is not one. D is a number of seconds, or\n" +
			"1.5s, 2m. Most options have a variable: --keep-going has CLSH_KEEP_GOING.",
	}
}

// tool is clsh as flags knows it.
func tool(sys *system.System) *flags.Tool {
	return &flags.Tool{
		Name: "clsh", Version: sys.Version, Text: text(), Env: "CLSH",
		Python: []string{"-h", "-i", "--hostfile", "--user", "--out", "--err", "--help"},
		Compat: flags.Compat(sys.Getenv("CLSH_COMPAT")), Habits: habits.Rows(), ValueHints: habits.ValueHints(), Stdout: sys.Stdout,
	}
}

// Flags returns clsh's options.
func Flags() ([]*kong.Flag, error) { return tool(&system.System{}).Flags(&arguments{}) }

// brief returns the help for a call of clsh without anything.
func brief(sys *system.System) string {
	t := tool(sys)
	options, err := t.Flags(&arguments{})
	if err != nil {
		return ""
	}
	return t.Brief(options)
}
