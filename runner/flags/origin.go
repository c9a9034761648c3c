package flags

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Rank says where the value of an option comes from. The highest wins.
type Rank uint8

// The ranks, from the lowest to the highest.
const (
	FromDefault Rank = iota
	FromFile
	FromVariable
	FromRecord // of a run that is repeated
	Typed
)

// An Origin is where the value of an option comes from.
type Origin struct {
	Rank  Rank
	Where string // the name of the variable, or the file and its line
}

// Origins has the origins of all options that are set, by their long names.
type Origins map[string]Origin

// originsOf returns the origins of what ctx has parsed.
func originsOf(ctx *kong.Context, options []*kong.Flag) Origins {
	origins := Origins{}
	for _, f := range options {
		for _, name := range f.Envs {
			if os.Getenv(name) != "" {
				origins[f.Name] = Origin{FromVariable, name}
			}
		}
	}
	for _, part := range ctx.Path {
		if part.Flag != nil {
			origins[part.Flag.Name] = Origin{Typed, "--" + part.Flag.Name}
		}
	}
	return origins
}

// Hints returns a line for each option that message names and that the configuration file sets.
func (o Origins) Hints(message string) string {
	words := strings.FieldsFunc(message, func(r rune) bool {
		return r != '-' && (r < 'a' || r > 'z')
	})
	var hints strings.Builder
	for _, word := range slices.Compact(slices.Sorted(slices.Values(words))) {
		if origin := o[strings.TrimPrefix(word, "--")]; strings.HasPrefix(word, "--") && origin.Rank == FromFile {
			hints.WriteString("\nhint: " + word + " is set by " + origin.Where)
		}
	}
	return hints.String()
}

func isDuration(f *kong.Flag) bool { return f.Target.Type() == reflect.TypeFor[time.Duration]() }

func isCount(f *kong.Flag) bool { return f.Target.Kind() == reflect.Int }
