package input

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"clsh/runner/remote"
)

// The marks around a paste (xterm, "Bracketed Paste Mode"), and what turns them on and off.
const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
	pasteOn    = "\x1b[?2004h"
	pasteOff   = "\x1b[?2004l"
)

// lineEnd represents a line end within a line.
const lineEnd = "↵"

// keyPaste represents a paste among the keys. When typed, it means nothing to the editor and
// is dropped.
const keyPaste = 0x1e

// minRun is how many bytes of text count as a paste, where the terminal does not mark
// pastes: nobody types so much at once.
const minRun = 64

// A paste is text that goes into the line at once. The editor works through the whole line
// for each key, so text that arrives as keys costs the square of its length.
type paste struct {
	text []byte // at most one byte more than a command may hold
	size int    // in bytes, including what text leaves out
	run  bool   // not marked by the terminal: the rest of the line may follow
}

// A pasteFilter takes the marked pastes out of what was typed, and puts keyPaste in their
// place. Each becomes one line, which does not run by itself.
type pasteFilter struct {
	inside  bool
	pending []byte // what may be the beginning of a mark
	ends    int    // line ends in the paste that no text has followed yet
	paste   paste  // the one that has begun
	done    []paste
}

// filter returns the part of b that counts as typed, and appends the pastes that have ended to
// done.
func (f *pasteFilter) filter(b []byte) []byte {
	b = append(f.pending, b...)
	f.pending = nil
	var out []byte
	for len(b) > 0 {
		mark := pasteBegin
		if f.inside {
			mark = pasteEnd
		}
		switch {
		case bytes.HasPrefix(b, []byte(mark)):
			if f.inside {
				f.done = append(f.done, f.paste)
				out = append(out, keyPaste)
			}
			f.inside, f.ends, f.paste = !f.inside, 0, paste{}
			b = b[len(mark):]
			continue
		case b[0] == '\x1b' && strings.HasPrefix(mark, string(b[:min(len(b), len(mark))])):
			// A single ESC waits as well: alone it does nothing in the editor.
			f.pending = bytes.Clone(b)
			return out
		case f.inside:
			f.take(b[0])
		case b[0] != keyPaste:
			out = append(out, b[0])
		}
		b = b[1:]
	}
	return out
}

// take adds a byte to the paste. It leaves out line ends at the end of the paste and control
// characters: a tab would ask for a completion.
func (f *pasteFilter) take(c byte) {
	switch {
	case c == '\r' || c == '\n':
		f.ends++
		return
	case c == '\t':
		c = ' '
	case c < ' ' || c == 0x7f:
		return
	}
	if f.paste.size += f.ends + 1; f.paste.size <= remote.MaxCommand {
		f.paste.text = append(append(f.paste.text, strings.Repeat(lineEnd, f.ends)...), c)
	}
	f.ends = 0
}

// segment returns how many bytes at the beginning of b belong together: text, a
// control character, or an escape sequence (ECMA-48, 5.4). It is 0 where more must
// come.
func segment(b []byte) (n int, text bool) {
	switch {
	case len(b) == 0:
		return 0, false
	case b[0] == '\x1b':
		return escape(b), false
	case isControl(b[0]):
		return 1, false
	}
	n = 1
	for n < len(b) && !isControl(b[n]) {
		n++
	}
	// A character of which a part has not arrived yet does not belong to the run.
	for back := 1; back < utf8.UTFMax && back <= n; back++ {
		if utf8.RuneStart(b[n-back]) {
			if n == len(b) && !utf8.FullRune(b[n-back:]) {
				n -= back
			}
			break
		}
	}
	return n, true
}

func isControl(c byte) bool { return c < ' ' || c == 0x7f }

// escape returns the length of the escape sequence that b begins with.
func escape(b []byte) int {
	at := 1
	if len(b) > 2 && b[1] == '\x1b' {
		at = 2 // Alt and a key that is a sequence itself
	}
	switch {
	case len(b) <= at:
		return 0
	case b[at] == 'O' && len(b) <= at+1:
		return 0
	case b[at] == 'O':
		return at + 2
	case b[at] != '[':
		return at + 1
	}
	for at++; at < len(b); at++ {
		if b[at] != ';' && (b[at] < '0' || b[at] > '9') {
			return at + 1
		}
	}
	return 0
}
