package flags

import (
	"io"
	"os"
	"reflect"
	"time"

	"github.com/alecthomas/kong"
)

// Parsed is what Parse finds beside the values of the options.
type Parsed struct {
	Unknown []string // variables of the tool that have no effect
	Origins Origins
	Options []*kong.Flag // with their values
}

// ExitUsage is the exit status of a wrong call.
const ExitUsage = 2

// Parse reads args into cmd, a struct with kong's tags, then the variables and the configuration
// file. A status of 0 or more says that this was all: the help or the version was shown, or err
// says what is wrong.
func (t *Tool) Parse(cmd any, args []string) (code int, parsed Parsed, err error) {
	code = -1
	parser, err := t.Parser(cmd)
	if err != nil {
		return ExitUsage, Parsed{}, err
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
	o := optionsOf(options, t.Habits)
	if t.Compat {
		o.compat = t.Python
	}
	ctx, err := t.parse(parser, args, o)
	if err == nil {
		err = retired // which --help and --version do not come to
	}
	if err != nil {
		return ExitUsage, Parsed{}, err
	}
	parsed = Parsed{unknown, originsOf(ctx, options), options}
	if t.Config != nil {
		file, err := t.Config()
		if err == nil && file != nil {
			err = file.apply(options, parsed.Origins)
		}
		if err != nil {
			return ExitUsage, Parsed{}, err
		}
	}
	return code, parsed, nil
}

// parse reads args by means of parser.
func (t *Tool) parse(parser *kong.Kong, args []string, o options) (*kong.Context, error) {
	n, err := normalize(args, o)
	t.typed, t.short = n.typed, o.short
	switch {
	case err != nil:
		return nil, err
	case n.unknown != "":
		return nil, o.unknownOption(t.Name, n.unknown)
	}
	if err := t.checkWords(n.words, parser.Model.Flags); err != nil {
		return nil, err
	}
	// --help and --version are shown whatever the variables hold.
	if t.typed["help"] == "" && t.typed["version"] == "" {
		if err := t.checkVariables(parser.Model.Flags); err != nil {
			return nil, err
		}
	}
	return parser.Parse(n.words)
}

// Parser returns kong's parser for cmd.
func (t *Tool) Parser(cmd any) (*kong.Kong, error) {
	parser, err := kong.New(cmd,
		kong.Name(t.Name), kong.NoDefaultHelp(), kong.Writers(t.Stdout, io.Discard),
		kong.DefaultEnvars(t.Env), kong.Vars{"version": t.Name + " " + t.Version},
		kong.Help(t.printHelp),
		kong.ValueFormatter(func(v *kong.Value) string { return v.Help }), // its own adds the variable to each line
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(mapDuration)),
		kong.NamedMapper("name", kong.MapperFunc(mapName)),
		kong.KindMapper(reflect.String, kong.MapperFunc(mapString)),
		kong.Exit(func(status int) { panic(shown(status)) }),
	)
	if err == nil {
		keepOldNames(t.Env, parser.Model.Flags)
	}
	return parser, err
}

// Flags returns cmd's options.
func (t *Tool) Flags(cmd any) ([]*kong.Flag, error) {
	parser, err := t.Parser(cmd)
	if err != nil {
		return nil, err
	}
	return parser.Model.Flags, nil
}

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
