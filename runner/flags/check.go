package flags

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

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
	named := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
	last := len(named) - 1
	if last < 1 {
		return strings.Join(named, "")
	}
	return strings.Join(named[:last], ", ") + " or " + named[last]
}
