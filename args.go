package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"clsh/heat"
)

// mapDuration reads a number of seconds, or 1.5s, 2m.
func mapDuration(ctx *kong.DecodeContext, target reflect.Value) error {
	var word string
	if err := ctx.Scan.PopValueInto("duration", &word); err != nil {
		return err
	}
	var d heat.Seconds
	if err := d.UnmarshalText([]byte(word)); err != nil {
		return err
	}
	target.SetInt(int64(d))
	return nil
}

// options are the options of a tool by name; the value says whether one takes
// a value.
type options struct {
	long  map[string]bool
	short map[rune]string // to the long name
}

func optionsOf(flags []*kong.Flag) options {
	o := options{map[string]bool{}, map[rune]string{}}
	for _, f := range flags {
		for _, name := range append(f.Aliases, f.Name) {
			o.long[name] = !f.IsBool()
		}
		if f.Short != 0 {
			o.short[f.Short] = f.Name
		}
	}
	if _, ok := o.long["hosts"]; ok {
		o.short['w'] = "hosts" // pdsh's and clush's
	}
	return o
}

var errNoHostsValue = errors.New("hosts are missing")

// normalize brings the options of args into one form, --NAME or --NAME=VALUE:
// -NAME of a whole long option is that option, every other word with one dash
// is short options, the first of which that takes a value takes the rest of
// the word or the next one. It ends at the first word that is no option. What
// it does not know is left for kong to refuse.
func normalize(args []string, o options) ([]string, error) {
	var out []string
	for len(args) > 0 {
		word := args[0]
		if len(word) < 2 || word[0] != '-' || word == "--" {
			break
		}
		args = args[1:]
		name, value, hasValue := strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
		takes, long := o.long[name]
		if !long && !strings.HasPrefix(word, "--") {
			var flags []string
			flags, name, value, hasValue = o.cluster(word)
			out = append(out, flags...)
			takes, long = o.long[name]
		}
		switch {
		case name == "":
			continue // a cluster without a value
		case !long:
			return append(append(out, word), args...), nil
		case !takes && !hasValue:
			out = append(out, "--"+name)
			continue
		case takes && !hasValue && len(args) == 0:
			if name == "hosts" {
				return nil, errNoHostsValue
			}
			return nil, fmt.Errorf("--%s: its value is missing", name)
		case takes && !hasValue:
			value, args = args[0], args[1:]
		}
		out = append(out, "--"+name+"="+value)
	}
	return append(out, args...), nil
}

// cluster takes a word of short options apart: flags without a value, and the
// name of the one that takes one, with the rest of the word. An unknown letter
// makes the name unknown.
func (o options) cluster(word string) (flags []string, name, value string, hasValue bool) {
	for i, letter := range word[1:] {
		name, known := o.short[letter]
		if !known {
			return nil, word, "", false
		}
		if o.long[name] {
			rest := word[1+i+len(string(letter)):]
			return flags, name, rest, rest != ""
		}
		flags = append(flags, "--"+name)
	}
	return flags, "", "", false
}
