package flags

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"clsh/runner/sanitize"
)

// optionWord matches an option in a message.
var optionWord = regexp.MustCompile(`(^| )--[a-z][a-z-]*|^-[a-zA-Z]\b`)

// AsTyped returns a message about a wrong call with its options spelled as they were typed, or
// named by the variable that set them. Only its first line changes: what follows "hint: " stays.
func (t *Tool) AsTyped(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return optionWord.ReplaceAllStringFunc(first, func(word string) string {
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
	}) + text[len(first):]
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
