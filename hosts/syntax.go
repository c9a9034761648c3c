package hosts

import (
	"errors"
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

// addPosition turns an offsetError into a syntaxError and returns any other error unchanged.
func addPosition(where, text string, base int, err error) error {
	if bad, ok := errors.AsType[*offsetError](err); ok {
		return newSyntaxError(where, text, base, bad)
	}
	return err
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
		before, cutBefore := lastRunes(e.text[:offset], window)
		after, cutAfter := firstRunes(e.text[offset:], window)
		left := cutBefore + escape(before)
		b.WriteString("\n  " + left + escape(after) + cutAfter)
		b.WriteString("\n  " + strings.Repeat(" ", utf8.RuneCountInString(left)) + "^")
	}
	if e.hint != "" {
		b.WriteString("\nhint: " + escape(e.hint))
	}
	return b.String()
}

// lastRunes returns the last n characters of s, and "..." if s has more.
func lastRunes(s string, n int) (part, ellipsis string) {
	i := len(s)
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	if i > 0 {
		ellipsis = "..."
	}
	return s[i:], ellipsis
}

// firstRunes returns the first n characters of s, and "..." if s has more.
func firstRunes(s string, n int) (part, ellipsis string) {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	if i < len(s) {
		ellipsis = "..."
	}
	return s[:i], ellipsis
}

// escape writes unprintable characters and invalid UTF-8 as Go's escape sequences, so that a
// terminal shows them. Unlike strconv.Quote, it leaves quotes and backslashes alone.
func escape(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		_, size := utf8.DecodeRuneInString(s)
		char := s[:size]
		if char != `"` && char != `\` {
			quoted := strconv.Quote(char)
			char = quoted[1 : len(quoted)-1]
		}
		b.WriteString(char)
		s = s[size:]
	}
	return b.String()
}
