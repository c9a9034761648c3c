package flags

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// options are the options of a tool by name.
type options struct {
	long  map[string]option
	short map[rune]string // to the long name
	// compat are the options of the Python program, which are found behind the command's
	// first word as well; nil: none is.
	compat []string
}

// An option is what normalize needs to know of one.
type option struct {
	takesValue bool
	// bare is the value if no value of words follows; empty: a value must follow.
	bare  string
	words []string
}

func optionsOf(flags []*kong.Flag) options {
	o := options{long: map[string]option{}, short: map[rune]string{}}
	for _, f := range flags {
		for _, name := range append(f.Aliases, f.Name) {
			o.long[name] = option{takesValue: !f.IsBool(), bare: f.Tag.Get("bare"), words: f.EnumSlice()}
		}
		for _, letter := range letters(f) {
			o.short[letter] = f.Name
		}
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
	var out, command []string
	for len(args) > 0 && args[0] != "--" {
		word := args[0]
		isOption := len(word) > 1 && word[0] == '-'
		if o.compat != nil {
			word, isOption = o.python(word, isOption && len(command) == 0)
		}
		if !isOption && o.compat == nil {
			break
		}
		args = args[1:]
		if !isOption {
			command = append(command, word)
			continue
		}
		flags, name, value, hasValue, known := o.parse(word)
		out = append(out, flags...)
		switch {
		case !known:
			return slices.Concat(out, []string{word}, command, args), nil
		case name == "":
			continue // a cluster without a value
		case !o.long[name].takesValue && !hasValue:
			out = append(out, "--"+name)
			continue
		case !hasValue:
			var err error
			if value, args, err = o.value(word, name, args); err != nil {
				return nil, err
			}
		}
		out = append(out, "--"+name+"="+value)
	}
	return slices.Concat(out, command, args), nil
}

// python returns an option of the Python program, which took them anywhere in the line and
// the long ones by their unambiguous beginnings. In front of the command's first word all of
// our options are found as well.
func (o options) python(word string, front bool) (whole string, isOption bool) {
	if len(word) == 2 && slices.Contains(o.compat, word) {
		return word, true
	}
	name, value, hasValue := strings.Cut(word, "=")
	if _, ours := o.long[strings.TrimPrefix(name, "--")]; front && ours || len(name) < 3 || !strings.HasPrefix(name, "--") {
		return word, front
	}
	var begun []string
	for _, candidate := range o.compat {
		if candidate == name {
			begun = []string{name}
			break
		}
		if strings.HasPrefix(candidate, name) {
			begun = append(begun, candidate)
		}
	}
	switch {
	case len(begun) != 1 || begun[0] == "--help":
		return word, front
	case hasValue:
		return begun[0] + "=" + value, true
	}
	return begun[0], true
}

// value returns the value of the option name, typed as word, from the words that follow,
// and the rest of them.
func (o options) value(word, name string, args []string) (value string, rest []string, err error) {
	switch bare := o.long[name].bare; {
	case bare != "" && (len(args) == 0 || !o.long[name].isWord(args[0])):
		return bare, args, nil
	case len(args) == 0 && name == "hosts":
		return "", nil, errNoHostsValue
	case len(args) == 0:
		return "", nil, fmt.Errorf("--%s: its value is missing", name)
	case !o.isOption(args[0]) || name == "option" && isSetting(args[0]):
		return args[0], args[1:], nil
	}
	return "", nil, fmt.Errorf("%s: its value is missing, for %s is an option\nhint: if you mean it as the value, write --%s=%s", word, args[0], name, args[0])
}

// isWord reports whether word is one of the option's words, or becomes one when it is
// completed at the Cursor.
func (o option) isWord(word string) bool {
	beginning, completing := strings.CutSuffix(word, Cursor)
	return slices.ContainsFunc(o.words, func(w string) bool { return w == word || completing && strings.HasPrefix(w, beginning) })
}

// isOption reports whether a word reads as options of ours.
func (o options) isOption(word string) bool {
	if len(word) < 2 || word[0] != '-' {
		return false
	}
	if word == "--" {
		return true
	}
	_, _, _, _, known := o.parse(word)
	return known
}

// isSetting reports whether a word is -oKEY=VALUE, as clush writes an option for ssh.
func isSetting(word string) bool {
	key, _, found := strings.Cut(strings.TrimPrefix(word, "-o"), "=")
	return strings.HasPrefix(word, "-o") && found && key != ""
}

// parse takes a word that begins with a dash apart: short flags without a value, and the
// option with or without a value; name is empty where there are flags only.
func (o options) parse(word string) (flags []string, name, value string, hasValue, known bool) {
	name, value, hasValue = strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
	if _, known = o.long[name]; known || strings.HasPrefix(word, "--") {
		return nil, name, value, hasValue, known
	}
	return o.cluster(word)
}

// cluster takes a word of short options apart.
func (o options) cluster(word string) (flags []string, name, value string, hasValue, known bool) {
	for i, letter := range word[1:] {
		name, known := o.short[letter]
		if !known {
			return nil, "", "", false, false
		}
		if o.long[name].takesValue {
			rest := word[1+i+len(string(letter)):]
			return flags, name, rest, rest != "", true
		}
		flags = append(flags, "--"+name)
	}
	return flags, "", "", false, true
}
