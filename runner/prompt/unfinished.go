package prompt

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"clsh/runner/remote"
)

// unfinished reports whether a shell would wait for more of a line: a quote, substitution,
// loop or here-document is open, or the line ends in a backslash. POSIX (XCU 2.3) and bash must
// agree, because a simpler shell would reject a line that another one waits for.
//
// A line that is too long for a command counts as finished: the parser's stack grows with the
// nesting.
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

// forShell returns the part of a line that a shell reads.
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
