package flags

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// Carried are the options that a later call can take over from this one.
type Carried struct {
	Options []*kong.Flag
	Origins Origins
}

// Words returns the options that are set, each as words that set it again: --fanout=3.
func (c Carried) Words() []string {
	words := []string{}
	for _, f := range c.Options {
		if c.Origins[f.Name].Rank == FromDefault {
			continue
		}
		for _, value := range valuesOf(f.Target) {
			word := "--" + f.Name
			if !f.IsBool() || value != "true" {
				word += "=" + value
			}
			words = append(words, word)
		}
	}
	return words
}

// valuesOf returns the value of an option as it would be typed; of a list its elements.
func valuesOf(v reflect.Value) []string {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return valuesOf(v.Elem())
	case reflect.Slice:
		var all []string
		for i := range v.Len() {
			all = append(all, valuesOf(v.Index(i))...)
		}
		return all
	}
	return []string{fmt.Sprint(v.Interface())}
}

// TakeOver gives each option that was not typed the value that words, of Words, have for it, else its
// default: variables and the configuration file do not count. where names the run that words are
// of.
func (c Carried) TakeOver(words []string, where string) error {
	byName := map[string]*kong.Flag{}
	for _, f := range c.Options {
		for _, name := range namesOf(f) {
			byName[name] = f
		}
		if c.Origins[f.Name].Rank == Typed {
			continue
		}
		delete(c.Origins, f.Name)
		f.Target.SetZero()
		if f.HasDefault {
			if err := set(f, f.Default); err != nil {
				return err
			}
		}
	}
	for _, word := range words {
		name, value, hasValue := strings.Cut(strings.TrimPrefix(word, "--"), "=")
		f := byName[name]
		if !hasValue && f != nil && f.IsBool() {
			value, hasValue = "true", true
		}
		switch {
		case f == nil || !hasValue || !strings.HasPrefix(word, "--"):
			return fmt.Errorf("its option %q is not one of this clsh", word)
		case c.Origins[f.Name].Rank == Typed:
			continue
		}
		if problem := checkValue(f, value); problem != "" {
			return fmt.Errorf("its option --%s: %s", name, problem)
		}
		if err := set(f, value); err != nil {
			return err
		}
		c.Origins[f.Name] = Origin{FromRecord, where}
	}
	return nil
}
