package flags

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"clsh/runner/nearest"
	"clsh/runner/sanitize"
)

// callError is what is wrong with a call.
type callError struct{ problem, hint string }

func (e *callError) Error() string {
	if e.hint == "" {
		return e.problem
	}
	return e.problem + "\nhint: " + e.hint
}

func wrongCall(problem, hint string) error { return &callError{problem, hint} }

// unknownOption returns the error for a word that is no option. name is the tool's.
func (o options) unknownOption(name, word string) error {
	spelled, _, _ := strings.Cut(word, "=")
	problem := spelled + ": unknown option"
	if isDash(word) {
		return wrongCall(problem, "its dash is not the - of the keyboard; for a command of that name: "+name+" -- "+spelled)
	}
	if _, known := o.parse(spelled); known && len(spelled) > 1 {
		return wrongCall(spelled+": takes no value", "")
	}
	if long := o.nearest(strings.TrimLeft(spelled, "-")); long != "" && len(spelled) > 3 {
		return wrongCall(problem, fmt.Sprintf("the nearest option is --%s; %s --help shows all", long, name))
	}
	if short := o.unknownShort(spelled); !strings.HasPrefix(word, "--") && short != spelled {
		problem = fmt.Sprintf("%s: unknown option, in %s", short, spelled)
	}
	return wrongCall(problem, name+" --help shows all options")
}

// unknownShort returns the first of the short options of word that is not known.
func (o options) unknownShort(word string) string {
	for _, letter := range word[1:] {
		if o.short[letter] == "" {
			return "-" + string(letter)
		}
	}
	return word
}

// nearest returns the long option that name was probably meant to be, or "".
func (o options) nearest(name string) string {
	var names []string
	for candidate, opt := range o.long {
		if opt.habit == nil && !opt.hidden {
			names = append(names, candidate)
		}
	}
	return nearest.Name(name, names)
}

// checkWords returns the first value of words, in normalize's form, that its option does not take.
func (t *Tool) checkWords(words []string, flags []*kong.Flag) error {
	byName := map[string]*kong.Flag{}
	for _, f := range flags {
		for _, name := range append(f.Aliases, f.Name) {
			byName[name] = f
		}
	}
	for _, word := range words {
		name, value, hasValue := strings.Cut(strings.TrimPrefix(word, "--"), "=")
		f := byName[name]
		if !strings.HasPrefix(word, "--") || f == nil {
			break
		}
		if problem := checkValue(f, value); hasValue && problem != "" {
			hint := t.ValueHints[f.Name]
			if strings.HasPrefix(t.typed[f.Name], "--") {
				hint = "" // it was not another tool's letter
			}
			return wrongCall(fmt.Sprintf("%s: %s", t.typed[f.Name], problem), hint)
		}
	}
	return nil
}

// checkVariables returns the first value of a variable that its option does not take, unless the
// option was typed.
func (t *Tool) checkVariables(flags []*kong.Flag) error {
	for _, f := range flags {
		for _, variable := range f.Envs {
			value := os.Getenv(variable)
			if t.typed[f.Name] != "" || value == "" {
				continue
			}
			if problem := checkValue(f, value); problem != "" {
				return wrongCall(fmt.Sprintf("%s: %s", variable, problem), fmt.Sprintf("unset %s, or correct it", variable))
			}
			t.typed[f.Name] = variable
		}
	}
	return nil
}

// checkValue returns why an option does not take a value, or "".
func checkValue(f *kong.Flag, value string) string {
	if f.Enum != "" && !f.EnumMap()[value] {
		return fmt.Sprintf("%q is not one of %s", value, list(f.EnumSlice()))
	}
	kind := f.Target.Type()
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch {
	case f.IsBool():
		if !slices.Contains([]string{"true", "1", "yes", "false", "0", "no"}, strings.ToLower(value)) {
			return fmt.Sprintf("%q is neither true nor false", value)
		}
		return ""
	case kind == reflect.TypeFor[int](), kind == reflect.TypeFor[int64]():
		if _, err := strconv.ParseInt(value, 0, kind.Bits()); err != nil {
			return fmt.Sprintf("%q is not a whole number", value)
		}
		return ""
	}
	target := reflect.New(f.Target.Type()).Elem()
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(kind)) // as kong does
	}
	err := f.Mapper.Decode(&kong.DecodeContext{Value: f.Value, Scan: kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: value})}, target)
	if err != nil {
		return err.Error()
	}
	return ""
}

// list joins words, without empty ones: a, b or c.
func list(words []string) string {
	var named []string
	for _, w := range words {
		if w != "" {
			named = append(named, w)
		}
	}
	last := len(named) - 1
	if last < 1 {
		return strings.Join(named, "")
	}
	return strings.Join(named[:last], ", ") + " or " + named[last]
}

// optionWord matches an option in a message.
var optionWord = regexp.MustCompile(`(^| )--[a-z][a-z-]*|^-[a-zA-Z]\b`)

// AsTyped returns a message about a wrong call with its options spelled as they were typed, or
// named by the variable that set them. What follows "hint: " stays.
func (t *Tool) AsTyped(text string) string {
	problem, hint, hasHint := strings.Cut(text, "\nhint: ")
	first, rest, more := strings.Cut(problem, "\n")
	first = optionWord.ReplaceAllStringFunc(first, func(word string) string {
		name := strings.TrimLeft(word, " ")
		blank := word[:len(word)-len(name)]
		long, isLong := strings.CutPrefix(name, "--")
		if !isLong {
			long = t.short[rune(name[1])]
		}
		if spelled := t.typed[long]; spelled != "" {
			return blank + spelled
		}
		return word
	})
	if more {
		first += "\n" + rest
	}
	if hasHint {
		first += "\nhint: " + hint
	}
	return first
}

// Typed reports whether an option was given on the command line or by its variable.
func (t *Tool) Typed(name string) bool { return t.typed[name] != "" }

// Refuse prints what was wrong with a call, if err is not nil. terminal says that w is one.
func (t *Tool) Refuse(w io.Writer, terminal bool, err error) {
	if err == nil {
		return
	}
	text := err.Error()
	if terminal {
		text = sanitize.Text(text)
	}
	fmt.Fprintf(w, "%s: %s\n", t.Name, text)
}
