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
	Help    string // stands above the options
	After   string // stands below them
	Env     string // begins the names of its variables
	// Python are the options of the Python program of that name: with Compat they are found
	// behind the command's first word as well.
	Python []string
	Compat bool
	Stdout io.Writer // gets the help and the version
	// Config returns the configuration file, or nil where there is none. It is called once the
	// command line is parsed. May be nil.
	Config func() (*ConfigFile, error)
}

// Parsed is what Parse finds beside the values of the options.
type Parsed struct {
	Unknown []string // variables of the tool that have no effect
	Origins Origins
}

// exitUsage is the exit status of a wrong call.
const exitUsage = 2

// Parse reads args into cmd, a struct with kong's tags, then the variables and the configuration
// file. A status of 0 or more says that this was all: the help or the version was shown, or err
// says what is wrong.
func (t *Tool) Parse(cmd any, args []string) (code int, parsed Parsed, err error) {
	code = -1
	parser, err := t.Parser(cmd)
	if err != nil {
		return exitUsage, Parsed{}, err
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
	options := parser.Model.Flags
	unsetEmpty(options)
	unknown, retired := CheckVariables(t.Env, options, os.Environ())
	o := optionsOf(options)
	if t.Compat {
		o.compat = t.Python
	}
	words, err := normalize(args, o)
	if err != nil {
		return exitUsage, Parsed{}, err
	}
	ctx, err := parser.Parse(words)
	if err == nil {
		err = retired // which --help and --version do not come to
	}
	if err != nil {
		return exitUsage, Parsed{}, err
	}
	parsed = Parsed{unknown, originsOf(ctx, options)}
	if err := t.configure(options, parsed.Origins); err != nil {
		return exitUsage, Parsed{}, err
	}
	return code, parsed, nil
}

// configure reads the configuration file.
func (t *Tool) configure(options []*kong.Flag, origins Origins) error {
	if t.Config == nil {
		return nil
	}
	file, err := t.Config()
	if err != nil || file == nil {
		return err
	}
	return file.apply(options, origins)
}

// Parser returns kong's parser for cmd.
func (t *Tool) Parser(cmd any) (*kong.Kong, error) {
	return kong.New(cmd,
		kong.Name(t.Name), kong.Description(t.Help), kong.NoDefaultHelp(), kong.Writers(t.Stdout, io.Discard),
		kong.DefaultEnvars(t.Env), kong.Vars{"version": t.Name + " " + t.Version},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.Help(t.printHelp),
		kong.ValueFormatter(func(v *kong.Value) string { return v.Help }), // its own adds the variable to each line
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(mapDuration)),
		kong.NamedMapper("name", kong.MapperFunc(mapName)),
		kong.KindMapper(reflect.String, kong.MapperFunc(mapString)),
		kong.Exit(func(status int) { panic(shown(status)) }),
	)
}

// printHelp prints the help (kong.HelpPrinter).
func (t *Tool) printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	_, err := io.WriteString(ctx.Stdout, t.After)
	return err
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
