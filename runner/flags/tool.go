package flags

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"clsh/runner/sanitize"
)

// A Tool is one of the two programs.
type Tool struct {
	Name    string // as it was called
	Version string
	Text    Text
	Env     string // begins the names of its variables
	// Python are the options of the Python program of that name: with Compat they are found
	// behind the command's first word as well.
	Python []string
	Compat bool
	Stdout io.Writer // gets the help and the version
}

// ExitUsage is the exit status of a wrong call.
const ExitUsage = 2

// Parse reads args into cmd, a struct with kong's tags. A status of 0 or more says that this was
// all: the help or the version was shown, or err says what is wrong. unknown are the tool's
// variables that have no effect.
func (t *Tool) Parse(cmd any, args []string) (code int, unknown []string, err error) {
	code = -1
	parser, err := t.Parser(cmd)
	if err != nil {
		return ExitUsage, nil, err
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
	unknown, retired := CheckVariables(t.Env, parser.Model.Flags, os.Environ())
	o := optionsOf(parser.Model.Flags)
	if t.Compat {
		o.compat = t.Python
	}
	words, err := normalize(args, o)
	if err == nil {
		_, err = parser.Parse(words)
	}
	if err == nil {
		err = retired // which --help and --version do not come to
	}
	if err != nil {
		return ExitUsage, nil, err
	}
	return code, unknown, nil
}

// Parser returns kong's parser for cmd.
func (t *Tool) Parser(cmd any) (*kong.Kong, error) {
	return kong.New(cmd,
		kong.Name(t.Name), kong.NoDefaultHelp(), kong.Writers(t.Stdout, io.Discard),
		kong.DefaultEnvars(t.Env), kong.Vars{"version": t.Name + " " + t.Version},
		kong.Help(t.printHelp),
		kong.ValueFormatter(func(v *kong.Value) string { return v.Help }), // its own adds the variable to each line
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(mapDuration)),
		kong.NamedMapper("name", kong.MapperFunc(mapName)),
		kong.KindMapper(reflect.String, kong.MapperFunc(mapString)),
		kong.Exit(func(status int) { panic(shown(status)) }),
	)
}

// Flags returns cmd's options.
func (t *Tool) Flags(cmd any) ([]*kong.Flag, error) {
	parser, err := t.Parser(cmd)
	if err != nil {
		return nil, err
	}
	return parser.Model.Flags, nil
}

// Normalize brings the options of args into one form: --NAME or --NAME=VALUE.
func Normalize(args []string, flags []*kong.Flag) ([]string, error) {
	return normalize(args, optionsOf(flags))
}

// Cursor stands behind the last word of a line that is being completed. No word can hold it.
const Cursor = "\x00"

// Help is the option --help. kong's own takes -h.
type Help bool

// BeforeReset is called by kong before anything is checked.
func (Help) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	ctx.Exit(0)
	return nil
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

// Refuse prints what was wrong with a call, if err is not nil. terminal says that w is one.
func Refuse(w io.Writer, terminal bool, name string, err error) {
	if err == nil {
		return
	}
	var usage *kong.ParseError
	if errors.As(err, &usage) {
		err = errors.New(usage.Error())
	}
	text := err.Error()
	if !strings.Contains(text, "\nhint: ") {
		text += "\nhint: " + name + " --help"
	}
	if terminal {
		text = sanitize.Text(text)
	}
	fmt.Fprintf(w, "%s: %s\n", name, text)
}
