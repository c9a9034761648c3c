package flags

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// Text is what the help says apart from the options.
type Text struct {
	Usage    []string // follows the name of the tool, a line each
	Summary  string   // one sentence
	Examples []Row    // a command, and what it does
	Exit     []Row    // an exit status, and its meaning
	Notes    string   // printed last, before the pointer to the man page
}

// A Row is a line of two columns.
type Row struct{ Left, Right string }

const (
	helpColumns = 80
	// optionColumn is where the texts of options begin. An option with longer spellings has
	// its text on the next line.
	optionColumn = 31
)

// printHelp prints the help (kong.HelpPrinter).
func (t *Tool) printHelp(_ kong.HelpOptions, ctx *kong.Context) error {
	_, err := io.WriteString(ctx.Stdout, t.help(ctx.Model.Flags))
	return err
}

// help returns the whole help, no line of which is longer than helpColumns.
func (t *Tool) help(flags []*kong.Flag) string {
	var b strings.Builder
	t.intro(&b)
	for _, group := range Groups(flags) {
		fmt.Fprintf(&b, "\n%s:\n", group.Title)
		for _, f := range group.Flags {
			writeRow(&b, Row{indented(f), f.Help}, optionColumn)
		}
	}
	b.WriteString("\nExit status:\n")
	for _, row := range t.Text.Exit {
		writeRow(&b, Row{"  " + row.Left, row.Right}, 11)
	}
	fmt.Fprintf(&b, "\n%s\nSee man %s.\n", t.Text.Notes, t.page())
	return b.String()
}

// Brief returns the lines of the help that somebody needs who called the tool without
// anything: 20 at most.
func (t *Tool) Brief(flags []*kong.Flag) string {
	var b strings.Builder
	t.intro(&b)
	b.WriteByte('\n')
	for _, f := range flags {
		if f.Tag.Has("brief") {
			writeRow(&b, Row{indented(f), f.Help}, optionColumn)
		}
	}
	fmt.Fprintf(&b, "\nSee %s --help and man %s.\n", t.Name, t.page())
	return b.String()
}

func (t *Tool) intro(b *strings.Builder) {
	for i, usage := range t.Text.Usage {
		label := "Usage:"
		if i > 0 {
			label = "      "
		}
		fmt.Fprintf(b, "%s %s %s\n", label, t.Name, usage)
	}
	fmt.Fprintf(b, "\n%s\n\nExamples:\n", t.Text.Summary)
	column := 0
	for _, row := range t.Text.Examples {
		column = max(column, utf8.RuneCountInString(row.Left)+4)
	}
	for _, row := range t.Text.Examples {
		right := row.Right
		if right != "" {
			right = "# " + right
		}
		writeRow(b, Row{"  " + row.Left, right}, column)
	}
}

// page is the name of the man page: "heat" also where the tool was called as "clsh heat".
func (t *Tool) page() string { return t.Name[strings.LastIndexByte(t.Name, ' ')+1:] }

// A Group is what the help shows under one title.
type Group struct {
	Title string
	Flags []*kong.Flag
}

// Groups returns the options that are not hidden by group, in the order of the help.
func Groups(flags []*kong.Flag) []Group {
	var groups []Group
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		title := "Other"
		if f.Group != nil {
			title = f.Group.Title
		}
		at := slices.IndexFunc(groups, func(g Group) bool { return g.Title == title })
		if at < 0 {
			at = len(groups)
			groups = append(groups, Group{Title: title})
		}
		groups[at].Flags = append(groups[at].Flags, f)
	}
	return groups
}

// Spellings returns the ways to type an option, the short ones first, without its old name.
func Spellings(f *kong.Flag) []string {
	var names []string
	for _, letter := range letters(f) {
		names = append(names, "-"+string(letter))
	}
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		if name != oldName(f) {
			names = append(names, "--"+name)
		}
	}
	return names
}

// letters returns the short names of an option: kong's, and those of the tag also.
func letters(f *kong.Flag) []rune {
	var all []rune
	if f.Short != 0 {
		all = append(all, f.Short)
	}
	return append(all, []rune(f.Tag.Get("also"))...)
}

// Placeholder names the value of an option, and is empty for one that takes none.
func Placeholder(f *kong.Flag) string {
	if f.IsBool() {
		return ""
	}
	return f.FormatPlaceHolder()
}

// indented returns the spellings of an option with its value, such that the long names of all
// options stand below one another.
func indented(f *kong.Flag) string {
	spelling := "  "
	if len(letters(f)) == 0 {
		spelling = "      "
	}
	spelling += strings.Join(Spellings(f), ", ")
	if value := Placeholder(f); value != "" {
		spelling += " " + value
	}
	return spelling
}

// writeRow writes a row, whose second text begins at column and is wrapped.
func writeRow(b *strings.Builder, row Row, column int) {
	if row.Right == "" {
		fmt.Fprintln(b, row.Left)
		return
	}
	used := utf8.RuneCountInString(row.Left)
	b.WriteString(row.Left)
	if used+2 > column {
		b.WriteByte('\n')
		used = 0
	}
	for i, line := range wrap(row.Right, helpColumns-column) {
		if i > 0 {
			used = 0
		}
		fmt.Fprintf(b, "%*s%s\n", column-used, "", line)
	}
}

const (
	defaultIs = "(default: " // begins a word that is not broken behind it
	joint     = "\x00"
)

// wrap breaks text into lines of at most width characters, where its words allow that.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(strings.ReplaceAll(text, defaultIs, defaultIs[:len(defaultIs)-1]+joint)) {
		word = strings.ReplaceAll(word, joint, " ")
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
