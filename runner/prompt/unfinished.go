package prompt

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"clsh/runner/remote"
)

// unfinished reports whether a shell would wait for more of a line: a quote or a
// substitution is open, a loop has no end yet, a here-document goes on, or a backslash
// is its last character. POSIX (XCU 2.3) and bash must agree, for a shell that knows
// less would call a line wrong that another waits for.
//
// A line that no command can hold is not looked at: the parser's stack grows with
// what is nested.
func unfinished(line string) bool {
	text := forShell(line)
	if len(text) > remote.MaxCommand {
		return false
	}
	if backslashes := len(text) - len(strings.TrimRight(text, `\`)); backslashes%2 == 1 {
		return true
	}
	for _, variant := range []syntax.LangVariant{syntax.LangPOSIX, syntax.LangBash} {
		_, err := syntax.NewParser(syntax.Variant(variant)).Parse(strings.NewReader(text+"\n"), "")
		if !syntax.IsIncomplete(err) {
			return false
		}
	}
	return true
}

// forShell returns the part of a line that a shell will read.
func forShell(line string) string {
	text := strings.TrimLeft(line, " \t\n")
	if command, ok := strings.CutPrefix(strings.TrimPrefix(text, ":"), "!"); ok {
		return command
	}
	if !isColon(text) {
		return text
	}
	list, ok := strings.CutPrefix(text, ":on ")
	if !ok {
		return ""
	}
	_, command, _ := strings.Cut(strings.TrimLeft(list, " "), " ")
	return command
}
