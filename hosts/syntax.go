package hosts

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// syntaxError tells what is wrong with a LIST, and shows the place.
type syntaxError struct {
	// Where the text was found: an option, a variable, FILE:LINE, a group.
	Where string
	// Text is what was read, and Offset the byte in it that is wrong.
	Text   string
	Offset int
	// Problem says what is wrong, in lower case.
	Problem string
}

// window is how many characters of the text are shown on each side of the
// place: a list may be longer than any terminal is wide.
const window = 36

// Error returns three lines: where and what, the text, and a caret under the
// place. Control characters of the text are shown escaped.
func (e *syntaxError) Error() string {
	var b strings.Builder
	if e.Where != "" {
		b.WriteString(e.Where)
		b.WriteString(": ")
	}
	b.WriteString(e.Problem)
	if e.Text == "" {
		return b.String()
	}
	offset := min(max(e.Offset, 0), len(e.Text))
	before, cutBefore := lastRunes(e.Text[:offset], window)
	after, cutAfter := firstRunes(e.Text[offset:], window)
	left := cutBefore + escape(before)
	b.WriteString("\n  " + left + escape(after) + cutAfter)
	b.WriteString("\n  " + strings.Repeat(" ", utf8.RuneCountInString(left)) + "^")
	return b.String()
}

// lastRunes returns the last n characters of s, and "..." where it cut.
func lastRunes(s string, n int) (part, cut string) {
	i := len(s)
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	if i > 0 {
		cut = "..."
	}
	return s[i:], cut
}

// firstRunes returns the first n characters of s, and "..." where it cut.
func firstRunes(s string, n int) (part, cut string) {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	if i < len(s) {
		cut = "..."
	}
	return s[:i], cut
}

// visible returns s with what a terminal would not show as a character of
// its own written as an escape.
func escape(s string) string {
	var b strings.Builder
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i])|0x100, 16)[1:])
		case r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
