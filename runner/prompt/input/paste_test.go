package input

import (
	"bytes"
	"strings"
	"testing"
)

func TestPaste(t *testing.T) {
	for _, c := range []struct{ name, typed, want string }{
		{"no paste", "ls\r\x1b[A", "ls\r\x1b[A"},
		{"one line", "\x1b[200~ls\x1b[201~\r", "ls\r"},
		{"two lines", "\x1b[200~a\r\nb\x1b[201~", "a↵↵b"},
		{"a line end at its end", "\x1b[200~a\n\x1b[201~", "a"},
		{"keys in it", "\x1b[200~a\x03\tb\x7f\x1b[Ac\x1b[201~", "a b[Ac"},
		{"two", "\x1b[200~a\n\x1b[201~\x1b[200~b\x1b[201~", "ab"},
		{"text around", "x\x1b[200~한\n글\x1b[201~y", "x한↵글y"},
	} {
		if got := pasted([]byte(c.typed), len(c.typed)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// pasted filters b in pieces.
func pasted(b []byte, piece int) string {
	var f pasteFilter
	var out []byte
	for len(b) > 0 {
		n := min(piece, len(b))
		out = append(out, f.filter(bytes.Clone(b[:n]))...)
		b = b[n:]
	}
	text := string(out)
	for _, p := range f.done {
		text = strings.Replace(text, string(rune(keyPaste)), string(p.text), 1)
	}
	return text
}

// model is what typed text becomes, where all of it is at hand.
func model(s string) string {
	var out strings.Builder
	for {
		before, rest, begun := strings.Cut(s, pasteBegin)
		out.WriteString(strings.ReplaceAll(before, string(rune(keyPaste)), ""))
		if !begun {
			return out.String()
		}
		paste, after, ended := strings.Cut(rest, pasteEnd)
		if !ended {
			return out.String()
		}
		ends := 0
		for i := range len(paste) {
			switch c := paste[i]; {
			case c == '\r' || c == '\n':
				ends++
			case c == '\t' || c >= ' ' && c != 0x7f:
				out.WriteString(strings.Repeat(lineEnd, ends))
				ends = 0
				out.WriteByte(max(c, ' '))
			}
		}
		s = after
	}
}

// However what is typed is cut into reads, it becomes what the model says; but for
// the beginning of a mark at its end, which still waits.
func FuzzPaste(f *testing.F) {
	for _, s := range []string{"", "ls\r", "\x1b[200~a\nb\x1b[201~c", "\x1b[20\x1b[200~\x1b[201\x1b[201~", "\x1b[200~x"} {
		f.Add([]byte(s), uint8(1))
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, typed []byte, piece uint8) {
		typed = append(typed, "end"...) // nothing waits
		got, want := pasted(typed, int(piece)+1), model(string(typed))
		if got != want {
			t.Errorf("%q in pieces of %d: %q, want %q", typed, int(piece)+1, got, want)
		}
	})
}

// What belongs together is read together.
func TestSegment(t *testing.T) {
	for _, c := range []struct {
		typed string
		n     int
		text  bool
	}{
		{"", 0, false}, {"abc", 3, true}, {"abc\r", 3, true}, {"\rabc", 1, false}, {"\x7fabc", 1, false},
		{"\x1b", 0, false}, {"\x1b[", 0, false}, {"\x1b[1;5", 0, false}, {"\x1b[Ahello", 3, false}, {"\x1b[1;5Chello", 6, false},
		{"\x1bOAhello", 3, false}, {"\x1bO", 0, false}, {"\x1bfhello", 2, false}, {"\x1b\x1b[Dhello", 4, false},
		{"한글", 6, true}, {"한글"[:5], 3, true}, {"a\xed", 1, true}, {"\xed\x95", 0, true}, {"\xed", 0, true},
		{"\xed\r", 1, true}, {"\x95", 1, true}, {"한글\r", 6, true},
	} {
		if n, text := segment([]byte(c.typed)); n != c.n || text != c.text {
			t.Errorf("%q: %d, %v; want %d, %v", c.typed, n, text, c.n, c.text)
		}
	}
}
