package flags

import (
	"embed"

	"github.com/alecthomas/kong"
)

// The scripts that make the shells complete both tools. The packages install these files.
//
//go:embed completions/clsh.bash completions/_clsh completions/clsh.fish
var completions embed.FS

// Completion is the option --completion: the shell whose script is printed.
type Completion string

// AfterApply is called by kong when the call is known to be right.
func (c Completion) AfterApply(ctx *kong.Context) error {
	file := map[Completion]string{"bash": "clsh.bash", "zsh": "_clsh", "fish": "clsh.fish"}[c]
	if file == "" {
		return nil // the option is not there
	}
	script, err := completions.ReadFile("completions/" + file)
	if err != nil {
		return err
	}
	if _, err := ctx.Stdout.Write(script); err != nil {
		return err
	}
	ctx.Exit(0)
	return nil
}
