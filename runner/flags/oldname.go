package flags

import (
	"strings"

	"github.com/alecthomas/kong"
)

// oldName returns the name that an option had before, the value of its tag "was", or "". It goes on
// working: as an option, a variable, a key of the configuration file, and in records.
func oldName(f *kong.Flag) string { return f.Tag.Get("was") }

// namesOf returns the name of an option, and the old one if there is one.
func namesOf(f *kong.Flag) []string {
	if old := oldName(f); old != "" {
		return []string{f.Name, old}
	}
	return []string{f.Name}
}

// keepOldNames lets kong know the old names and their variables, which begin with prefix.
func keepOldNames(prefix string, options []*kong.Flag) {
	for _, f := range options {
		if old := oldName(f); old != "" {
			f.Aliases = append(f.Aliases, old)
			if len(f.Envs) > 0 {
				f.Envs = append(f.Envs, variable(prefix, old))
				f.Tag.Envs = f.Envs
			}
		}
	}
}

// variable returns the variable of an option, where prefix is the tool's.
func variable(prefix, option string) string {
	return prefix + "_" + strings.ToUpper(strings.ReplaceAll(option, "-", "_"))
}
