// Package complete completes command lines of clsh and heat.
//
// A shell's script (runner/flags/completions) calls the tool as "clsh --complete LINE", where LINE
// is the command line up to the cursor. The tool prints what the last word could become, one
// candidate per line: whole words as they would be typed, including quotes that were begun. After
// "--complete described LINE" a tab and the text of the help follow the name of an option.
// Options and their values come from kong's model; flags.Normalize decides whether a word is an
// option, a value or part of the command, as when the line is run.
package complete

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"

	"clsh/runner/flags"
	"clsh/runner/remote"
	"clsh/runner/runs"
)

const (
	// completeOption asks for completion, with describedWord also for descriptions.
	completeOption = "--complete"
	describedWord  = "described"
	// askFor limits the commands of group sources.
	askFor = 2 * time.Second

	// The exit statuses: these are the candidates, and there are no others;
	// or the shell completes the name of a file, which it does best.
	completeThese = 0
	completeFiles = 1

	// What is no value of an option (place).
	aName     = "-"
	inCommand = ""
)

// A Source is what a line can be completed with.
type Source struct {
	// Clsh and Heat return the options of the two tools.
	Clsh, Heat func() ([]*kong.Flag, error)
	// Habits are the spellings of other tools that clsh takes.
	Habits []flags.Habit
	// SSHConfig is the ssh configuration to read where the line names none; empty is ssh's own.
	SSHConfig string
	// Known returns the hosts, and the groups with their @, that can be named on a line with these
	// options. It prints nothing, and ends with ctx.
	Known func(ctx context.Context, line Selection) (hosts, groups []string)
	// Runs returns the IDs of recorded runs.
	Runs   func() []string
	Stdout io.Writer
}

// A Selection is the options of a line that say which hosts are known.
type Selection struct {
	SSHConfig              string
	Hostfiles, Inventories []string
}

// completion is what the predictors know of the line.
type completion struct {
	Source
	line Selection
	// files is set where a file belongs.
	files bool
}

// Call reports whether a shell's script has called the tool with words, and returns the line to
// complete.
func Call(words []string) (line string, described, is bool) {
	switch {
	case len(words) == 2 && words[0] == completeOption:
		return words[1], false, true
	case len(words) == 3 && words[0] == completeOption && words[1] == describedWord:
		return words[2], true, true
	}
	return "", false, false
}

// Main prints the candidates for the last word of line, if described with the descriptions of
// options, and returns the exit status. program is what the tool was called as. Whatever is wrong
// with the line, it prints nothing.
func Main(program, line string, described bool, source Source) (code int) {
	words, last := splitLine(line)
	if len(words) == 0 {
		return completeFiles // the name of the tool itself
	}
	words = words[1:]
	tool, habits := source.Clsh, source.Habits
	if heat := len(words) > 0 && words[0] == "heat"; program == "heat" || heat {
		if program != "heat" {
			words = words[1:]
		}
		tool, habits = source.Heat, nil
	}
	options, err := tool()
	if err != nil {
		return completeThese
	}
	words, err = flags.Normalize(append(words, last+flags.Cursor), options, habits)
	if err != nil {
		return completeThese
	}
	c := completion{Source: source, line: Selection{SSHConfig: source.SSHConfig}}
	option, value := c.place(words, last)
	var candidates []string
	var descriptions map[string]string
	switch option {
	case inCommand:
		return completeFiles
	case aName:
		names := optionNames(options)
		candidates = slices.Collect(maps.Keys(names))
		if described {
			descriptions = names
		}
	default:
		candidates = c.values(options, option, value)
	}
	if c.files {
		return completeFiles
	}
	kept := strings.TrimSuffix(last, value)
	slices.Sort(candidates)
	for _, candidate := range slices.Compact(candidates) {
		if candidate == "" || !strings.HasPrefix(candidate, value) {
			continue
		}
		line := kept + candidate
		if text := descriptions[candidate]; text != "" {
			line += "\t" + text
		}
		fmt.Fprintln(source.Stdout, line)
	}
	return completeThese
}

// place returns what the last word is: a value of the option that it returns,
// the name of an option, or a word of the command; and which end of it is to
// be completed. words are flags.Normalize's, the last one with the cursor.
func (c *completion) place(words []string, last string) (option, value string) {
	end := len(words) - 1
	for _, word := range words[:end] {
		if !strings.HasPrefix(word, "-") || word == "--" {
			return inCommand, ""
		}
		switch name, value, _ := strings.Cut(word, "="); name {
		case "--ssh-config":
			c.line.SSHConfig = value
		case "--hostfile":
			c.line.Hostfiles = append(c.line.Hostfiles, value)
		case "--inventory":
			c.line.Inventories = append(c.line.Inventories, value)
		}
	}
	option, value, isValue := strings.Cut(strings.TrimSuffix(words[end], flags.Cursor), "=")
	short := len(last) == 2 && last[0] == '-' // its value has not begun
	switch {
	case !strings.HasPrefix(words[end], "-"):
		return inCommand, ""
	case !isValue || short:
		return aName, last
	}
	return option, strings.TrimLeft(value, `"'`)
}

// optionNames returns the options as they are typed, but for second long names, with the texts
// of the help.
func optionNames(options []*kong.Flag) map[string]string {
	names := map[string]string{}
	for _, f := range options {
		if f.Hidden {
			continue
		}
		for _, spelling := range flags.Spellings(f) {
			if len(spelling) == 2 || spelling == "--"+f.Name {
				names[spelling] = f.Help
			}
		}
	}
	return names
}

// values returns the candidates for the value of an option.
func (c *completion) values(options []*kong.Flag, option, value string) []string {
	for _, f := range options {
		if "--"+f.Name != option && !slices.Contains(f.Aliases, strings.TrimPrefix(option, "--")) {
			continue
		}
		switch f.Tag.Get("predictor") {
		case "hosts":
			return c.hosts(value)
		case "groups":
			return c.groups(value)
		case "signals":
			return signals(value)
		case "file":
			c.files = true
		case "record":
			c.files = strings.Contains(value, "/")
			return []string{"all", "none", "outcomes"}
		case "via":
			return remote.ViaNames()
		case "replay":
			c.files = strings.Contains(value, "/")
			return c.Runs()
		case "runs":
			before, _ := lastElement(value)
			return prefixed(before, c.Runs())
		case "rerun":
			return c.rerun(value)
		default:
			return f.EnumSlice()
		}
	}
	return nil
}

// rerun returns the candidates for SET[@RUN].
func (c *completion) rerun(value string) []string {
	if set, _, found := strings.Cut(value, "@"); found {
		return prefixed(set+"@", c.Runs())
	}
	before, _ := lastElement(value)
	return prefixed(before, runs.SetNames())
}

// signals returns the names of signals: with SIG where the value begins so.
func signals(value string) []string {
	var names []string
	for n := syscall.Signal(1); n < 32; n++ {
		name := unix.SignalName(n)
		if name != "" && !strings.HasPrefix(value, "SIG") {
			name = strings.TrimPrefix(name, "SIG")
		}
		names = append(names, name)
	}
	return names
}

// known returns the hosts and groups that can be named.
func (c *completion) known() (hosts, groups []string) {
	ctx, cancel := context.WithTimeout(context.Background(), askFor)
	defer cancel()
	return c.Known(ctx, c.line)
}

// hosts completes the last element of a LIST.
func (c *completion) hosts(list string) []string {
	before, element := lastElement(list)
	if strings.LastIndexByte(before, '[') > strings.LastIndexByte(before, ']') {
		return nil // the numbers of a range
	}
	hosts, groups := c.known()
	if user, _, found := strings.Cut(element, "@"); found && user != "" {
		before, groups = before+user+"@", nil
	}
	return prefixed(before, append(hosts, groups...))
}

// groups completes the last element of a LIST of groups: with an @ where it
// has one.
func (c *completion) groups(list string) []string {
	before, element := lastElement(list)
	_, groups := c.known()
	if !strings.HasPrefix(element, "@") {
		for i := range groups {
			groups[i] = groups[i][1:]
		}
	}
	return prefixed(before, groups)
}

func prefixed(before string, names []string) []string {
	whole := make([]string, len(names))
	for i, name := range names {
		whole[i] = before + name
	}
	return whole
}

// lastElement cuts a LIST before its last element, behind the last operator
// or quote.
func lastElement(list string) (before, element string) {
	at := strings.LastIndexAny(list, ",!&^ \\'\"") + 1
	return list[:at], list[at:]
}

// splitLine splits a line into words as a shell does, as far as that matters
// for completion: without expansions. The last word, which may be empty, is
// as it was typed.
func splitLine(line string) (words []string, last string) {
	var word strings.Builder
	start, escaped, quote := 0, false, rune(0)
	for i, r := range line {
		switch {
		case escaped:
			escaped = false
			word.WriteRune(r)
		case r == '\\' && quote != '\'':
			escaped = true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case quote == 0 && strings.ContainsRune(" \t\n", r):
			if i > start {
				words = append(words, word.String())
			}
			word.Reset()
			start = i + 1
		default:
			word.WriteRune(r)
		}
	}
	return words, line[start:]
}
