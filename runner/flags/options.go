package flags

import (
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
	bare        string
	words       []string
	placeholder string
	name        string // the name that is not an alias
	hidden      bool
	habit       *Habit // not nil: it is another tool's
}

func optionsOf(flags []*kong.Flag, habits []Habit) options {
	o := options{long: map[string]option{}, short: map[rune]string{}}
	o.addHabits(habits)
	for _, f := range flags {
		for _, name := range append(f.Aliases, f.Name) {
			o.long[name] = option{
				takesValue: !f.IsBool(), bare: f.Tag.Get("bare"), words: f.EnumSlice(), placeholder: f.FormatPlaceHolder(),
				name: f.Name, hidden: f.Hidden,
			}
		}
		for _, letter := range letters(f) {
			o.short[letter] = f.Name
		}
	}
	return o
}

// addHabits adds the options of other tools to o.
func (o *options) addHabits(habits []Habit) {
	for i := range habits {
		for _, spelled := range habits[i].spellings() {
			name, isLong := strings.CutPrefix(spelled, "--")
			if !isLong {
				// A name that cannot be typed as a long one: no word holds NUL.
				name = "\x00" + spelled[1:]
				o.short[rune(spelled[1])] = name
			}
			o.long[name] = option{takesValue: habits[i].TakesValue, placeholder: "VALUE", habit: &habits[i]}
		}
	}
}

// Clashes returns the spellings of habits that are options of the tool.
func Clashes(habits []Habit, flags []*kong.Flag) []string {
	own := optionsOf(flags, nil)
	var clashes []string
	for i := range habits {
		for _, spelled := range habits[i].spellings() {
			if own.isOption(spelled) {
				clashes = append(clashes, spelled)
			}
		}
	}
	return clashes
}
