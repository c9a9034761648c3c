package flags

import "io"

// A Tool is one of the two programs.
type Tool struct {
	Name    string // as it was called
	Version string
	Text    Text
	Env     string // begins the names of its variables
	// Python are the options of the Python program of that name: with Compat they are found
	// behind the command's first word as well.
	Python []string
	Compat bool
	// Habits are options of other tools, ValueHints the hints for values of ours that another tool
	// means otherwise, by option.
	Habits     []Habit
	ValueHints map[string]string
	Stdout     io.Writer // gets the help and the version

	// Config returns the configuration file, or nil where there is none. It is called once the
	// command line is parsed. May be nil.
	Config func() (*ConfigFile, error)

	// typed holds each option that was given as it was typed, or the variable that set it; short
	// the options by letter.
	typed map[string]string
	short map[rune]string
}
