package flags

import (
	"fmt"
	"strings"

	"clsh/runner/nearest"
)

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
