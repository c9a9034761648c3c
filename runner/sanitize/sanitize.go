// Package sanitize makes text fit for a terminal that others have a say in: what hosts, ssh and
// group sources print.
package sanitize

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// longestColour is the length past which a sequence is not taken for a colour.
const longestColour = 32

// A Sanitizer makes remote output fit for a terminal: what could move the cursor,
// change the title or the colours of what comes after is shown instead of
// obeyed. It passes on printable text, tabs, newlines, a carriage return right
// before a newline, and colours (ECMA-48 SGR, `ESC [ 1 ; 31 m`), which end
// with their line.
//
//	control characters   ^@ ^G ^[ ^?     as cat -v and less show them
//	C1 controls          \u009b          some terminals obey them
//	overrides            \u202e          reorder what is read (IsControl)
//	not UTF-8            \xff            some terminals read it as C1
//
// An unfinished rune or sequence waits until more comes, or the newline that ends
// all output.
type Sanitizer struct {
	rest     []byte // unfinished, at most longestColour bytes
	coloured bool
}

// Append adds b, sanitized, to dst.
func (v *Sanitizer) Append(dst, b []byte) []byte {
	if len(v.rest) > 0 {
		b = append(v.rest, b...)
		v.rest = nil
	}
	for len(b) > 0 {
		n := printable(b)
		dst = append(dst, b[:n]...)
		if b = b[n:]; len(b) == 0 {
			break
		}
		if dst, n = v.special(dst, b); n == 0 {
			v.rest = append(v.rest, b...)
			break
		}
		b = b[n:]
	}
	return dst
}

// Text returns text as it may be written to a terminal.
func Text(text string) string {
	var v Sanitizer
	b := v.Append(nil, []byte(text+"\n"))
	return string(b[:len(b)-1])
}

// endColour ends the colours that are on.
func (v *Sanitizer) endColour(dst []byte) []byte {
	if v.coloured {
		dst = append(dst, "\x1b[0m"...)
		v.coloured = false
	}
	return dst
}

// printable returns how many bytes at the beginning of b need no care.
func printable(b []byte) int {
	for i, c := range b {
		if c != '\t' && (c < ' ' || c >= 0x7f) {
			return i
		}
	}
	return len(b)
}

// special adds the character or sequence that b begins with, which needs care,
// and tells its length; 0 where it is not finished.
func (v *Sanitizer) special(dst, b []byte) ([]byte, int) {
	switch c := b[0]; {
	case c == '\n':
		return append(v.endColour(dst), '\n'), 1
	case c == '\r' && len(b) == 1:
		return dst, 0
	case c == '\r' && b[1] == '\n':
		return append(v.endColour(dst), '\r', '\n'), 2
	case c == 0x1b:
		n, colour := colourLen(b)
		if !colour {
			if n == 0 {
				return dst, 0
			}
			return appendByte(dst, c), 1
		}
		v.coloured = len(bytes.Trim(b[2:n-1], "0")) > 0 // zeros alone end all colours
		return append(dst, b[:n]...), n
	case c >= utf8.RuneSelf:
		r, n := utf8.DecodeRune(b)
		switch {
		case n == 1 && !utf8.FullRune(b):
			return dst, 0
		case n == 1:
			return appendByte(dst, c), 1
		case IsControl(r):
			return fmt.Appendf(dst, `\u%04x`, r), n
		}
		return append(dst, b[:n]...), n
	}
	return appendByte(dst, b[0]), 1
}

// colourLen returns the length of the colour sequence that b, with ESC at its
// front, begins with. Where there is none the length is 1, where it is not
// finished 0.
func colourLen(b []byte) (n int, colour bool) {
	for i := 1; i < longestColour; i++ {
		if i == len(b) {
			return 0, false
		}
		c := b[i]
		switch {
		case i == 1 && c == '[', i > 1 && ('0' <= c && c <= '9' || c == ';' || c == ':'):
		case i > 1 && c == 'm':
			return i + 1, true
		default:
			return 1, false
		}
	}
	return 1, false
}

// appendByte shows one byte that must not reach a terminal.
func appendByte(dst []byte, c byte) []byte {
	if c >= utf8.RuneSelf {
		return fmt.Appendf(dst, `\x%02x`, c)
	}
	return append(dst, '^', c^0x40)
}

// IsControl reports whether a character beyond ASCII is one that terminals act on: the C1
// controls (ECMA-48), line separators, and what reorders text (Unicode, UAX #9).
func IsControl(r rune) bool {
	return 0x80 <= r && r < 0xa0 || 0x2028 <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}
