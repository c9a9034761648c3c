package flags

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// Normalize brings the options of args into one form: --NAME or --NAME=VALUE.
func Normalize(args []string, flags []*kong.Flag, habits []Habit) ([]string, error) {
	n, err := normalize(args, optionsOf(flags, habits))
	return n.words, err
}

// A normalized is a call with its options in one form.
type normalized struct {
	words []string
	// typed holds each option as it was last typed.
	typed map[string]string
	// unknown is the first word that is neither an option nor of the command, or "".
	unknown string
}

// normalize brings the options of args into one form, --NAME or --NAME=VALUE:
// -NAME of a whole long option is that option, every other word with one dash
// is short options, the first of which that takes a value takes the rest of
// the word or the next one. It ends at the first word that is no option, and at one
// that it does not know.
func normalize(args []string, o options) (n normalized, err error) {
	n.typed = map[string]string{}
	var last, command []string // the words of habits that override, and of the command
	for len(args) > 0 && args[0] != "--" && n.unknown == "" {
		word := args[0]
		isOption := len(word) > 1 && word[0] == '-'
		if o.compat != nil {
			word, isOption = o.python(word, isOption && len(command) == 0)
		}
		if !isOption && o.compat == nil {
			if isDash(word) {
				n.unknown = word
			}
			break
		}
		args = args[1:]
		if !isOption {
			command = append(command, word)
			continue
		}
		found, known := o.parse(word)
		if !known {
			n.unknown, command, found = word, append([]string{word}, command...), nil
		}
		for _, g := range found {
			if o.long[g.name].takesValue && !g.hasValue {
				if g.value, args, err = o.value(g, args); err != nil {
					return n, err
				}
				g.hasValue = true
			}
			words, overrides, err := o.write(g, n.typed)
			if err != nil {
				return n, err
			}
			if overrides {
				last = append(last, words...)
			} else {
				n.words = append(n.words, words...)
			}
		}
	}
	n.words = slices.Concat(n.words, last, command, args)
	return n, nil
}

// Cursor is appended to the last word of a line that is being completed. It cannot occur in a
// word.
const Cursor = "\x00"

// isDash reports whether a word begins with a dash that is no minus: typesetting makes one of -h
// or --hosts, and the word would be the command.
func isDash(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return strings.ContainsRune("\u2010\u2011\u2012\u2013\u2014\u2212", r)
}

// write returns the words that g becomes.
func (o options) write(g given, typed map[string]string) (words []string, last bool, err error) {
	opt := o.long[g.name]
	switch {
	case opt.habit != nil && g.hasValue && !opt.takesValue:
		return nil, false, wrongCall(g.spelled+": takes no value", "")
	case opt.habit != nil:
		words, last, err = opt.habit.words(g.spelled, g.value)
		spelled := g.spelled
		if key, _, hasKey := strings.Cut(g.value, "="); hasKey && len(opt.habit.Values) > 0 && opt.habit.forValue(key).Spellings != "*" {
			spelled += " " + key
		}
		for _, word := range words {
			name, _, _ := strings.Cut(word[2:], "=")
			typed[name] = spelled
		}
		return words, last, err
	case g.hasValue:
		words = []string{"--" + g.name + "=" + g.value}
	default:
		words = []string{"--" + g.name}
	}
	typed[opt.name] = g.spelled
	return words, false, nil
}

// python returns an option of the Python program, which took them anywhere in the line and
// the long ones by their unambiguous beginnings. In front of the command's first word all of
// our options are found as well.
func (o options) python(word string, front bool) (whole string, isOption bool) {
	if len(word) == 2 && slices.Contains(o.compat, word) {
		return word, true
	}
	name, value, hasValue := strings.Cut(word, "=")
	opt, ours := o.long[strings.TrimPrefix(name, "--")]
	if front && ours && opt.habit == nil || len(name) < 3 || !strings.HasPrefix(name, "--") {
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

// value returns the value of g from the words that follow, and the rest of them.
func (o options) value(g given, args []string) (value string, rest []string, err error) {
	opt := o.long[g.name]
	switch {
	case opt.bare != "" && (len(args) == 0 || !opt.isWord(args[0])):
		return opt.bare, args, nil
	case len(args) == 0:
		return "", nil, wrongCall(g.spelled+": missing value", g.spelled+" "+opt.placeholder)
	case !o.isOption(args[0]) || g.name == "option" && (isSetting(args[0]) || strings.Contains(args[0], " ")):
		return args[0], args[1:], nil
	}
	hint := fmt.Sprintf("%s %s", g.spelled, opt.placeholder)
	if args[0] != "--" && opt.habit == nil {
		hint += fmt.Sprintf("; if %s is the value: --%s=%s", args[0], g.name, args[0])
	}
	return "", nil, wrongCall(fmt.Sprintf("%s: missing value before %s", g.spelled, args[0]), hint)
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
	_, known := o.parse(word)
	return known
}

// isSetting reports whether a word is -oKEY=VALUE, as clush writes an option for ssh.
func isSetting(word string) bool {
	key, _, found := strings.Cut(strings.TrimPrefix(word, "-o"), "=")
	return strings.HasPrefix(word, "-o") && found && key != ""
}

// A given is an option in a call.
type given struct {
	name     string // the long name, or the alias that was typed
	spelled  string // as it was typed, without a value
	value    string
	hasValue bool
}

// parse takes a word that begins with a dash apart: a long option, or short ones, of which the
// last may take a value.
func (o options) parse(word string) (found []given, known bool) {
	name, value, hasValue := strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
	isLong := strings.HasPrefix(word, "--")
	opt, known := o.long[name]
	if known = known && (isLong || opt.habit == nil); known || isLong { // -worker is -w orker
		spelled, _, _ := strings.Cut(word, "=")
		return []given{{name, spelled, value, hasValue}}, known
	}
	return o.cluster(word)
}

// cluster takes a word of short options apart.
func (o options) cluster(word string) (found []given, known bool) {
	for i, letter := range word[1:] {
		name, known := o.short[letter]
		if !known {
			return nil, false
		}
		g := given{name: name, spelled: "-" + string(letter)}
		if o.long[name].takesValue {
			g.value = word[1+i+len(string(letter)):]
			g.hasValue = g.value != ""
			return append(found, g), true
		}
		found = append(found, g)
	}
	return found, true
}
