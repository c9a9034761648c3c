package hosts

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// offsetError is a problem at a byte offset of some text. It becomes a syntaxError where the whole
// text and its origin are known.
type offsetError struct {
	offset  int
	problem string // lower case
	hint    string // what to write instead; may be empty
}

// errorAt returns an offsetError without a hint.
func errorAt(offset int, format string, args ...any) *offsetError {
	return &offsetError{offset: offset, problem: fmt.Sprintf(format, args...)}
}

// withHint sets the hint of e and returns e.
func (e *offsetError) withHint(format string, args ...any) *offsetError {
	e.hint = fmt.Sprintf(format, args...)
	return e
}

func (e *offsetError) Error() string { return e.problem }

// syntaxError is a problem in a LIST or in a line of a host file. It shows the text.
type syntaxError struct {
	where string // an option, a variable, FILE:LINE, or a group
	text  string
	offsetError
}

// newSyntaxError returns the error for a problem in the part of text that begins at base. where
// says where text comes from.
func newSyntaxError(where, text string, base int, bad *offsetError) error {
	e := &syntaxError{where, text, *bad}
	e.offset += base
	return e
}

// window is how many characters of the text an error shows on each side of the offset.
const window = 36

// Error returns the origin and the problem, the text, a caret below the offset, and the hint, each
// on a line of its own. It escapes control characters.
func (e *syntaxError) Error() string {
	var b strings.Builder
	if e.where != "" {
		b.WriteString(e.where + ": ")
	}
	b.WriteString(e.problem)
	if e.text != "" {
		offset := min(max(e.offset, 0), len(e.text))
		hidden, before := cutRunes(e.text[:offset], utf8.RuneCountInString(e.text[:offset])-window)
		after, more := cutRunes(e.text[offset:], window)
		left := ellipsis(hidden) + escape(before)
		b.WriteString("\n  " + left + escape(after) + ellipsis(more))
		b.WriteString("\n  " + strings.Repeat(" ", utf8.RuneCountInString(left)) + "^")
	}
	if e.hint != "" {
		b.WriteString("\nhint: " + escape(e.hint))
	}
	return b.String()
}

// cutRunes cuts s after n characters, if it has more.
func cutRunes(s string, n int) (before, after string) {
	for i := range s {
		if n <= 0 {
			return s[:i], s[i:]
		}
		n--
	}
	return s, ""
}

// ellipsis returns the mark of a part of the text that is not shown.
func ellipsis(hidden string) string {
	if hidden == "" {
		return ""
	}
	return "..."
}

// escape writes unprintable characters and invalid UTF-8 as Go's escape sequences, so that a
// terminal shows them. Unlike strconv.Quote, it leaves quotes and backslashes alone.
func escape(s string) string {
	var b strings.Builder
	for char := range strings.SplitSeq(s, "") {
		if char != `"` && char != `\` {
			quoted := strconv.Quote(char)
			char = quoted[1 : len(quoted)-1]
		}
		b.WriteString(char)
	}
	return b.String()
}
