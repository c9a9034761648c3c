package sanitize

import (
	"regexp"
	"testing"
	"unicode/utf8"
)

func TestSanitizer(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext é 漢\n":                           "plain\ttext é 漢\n",
		"\x1b[31mred\x1b[0m\n":                        "\x1b[31mred\x1b[0m\n",
		"\x1b[1;38:5:208mx\x1b[m\n":                   "\x1b[1;38:5:208mx\x1b[m\n",
		"\x1b[31mleft on\nnext\n":                     "\x1b[31mleft on\x1b[0m\nnext\n",
		"\x1b]0;title\x07\n":                          "^[]0;title^G\n",
		"\x1b[2J\x1b[H\n":                             "^[[2J^[[H\n",
		"\x1b[31\n":                                   "^[[31\n",
		"\x1b[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1m\n": "^[[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1m\n",
		"\x1bm \x1b\n":                                "^[m ^[\n",
		"dos\r\n":                                     "dos\r\n",
		"10%\r20%\r\r\n":                              "10%^M20%^M\r\n",
		"\x00\x08\x7f\n":                              "^@^H^?\n",
		"\u009b31m\n":                                 "\\u009b31m\n",
		"a\u202eb\u2066c\u2028d\u200fe\n":             "a\\u202eb\\u2066c\\u2028d\u200fe\n",
		"\x9b31m \xff \xe6\xbc\n":                     "\\x9b31m \\xff \\xe6\\xbc\n",
	} {
		var v Sanitizer
		if got := string(v.Append(nil, []byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// onTerminal is all that may reach a terminal.
var onTerminal = regexp.MustCompile(`^(?:[^\x00-\x1f\x7f-\x{9f}\x{2028}-\x{202e}\x{2066}-\x{2069}]|\t|\r?\n|\x1b\[[0-9;:]*m)*$`)

// Whatever a host sends and however it is cut, nothing that a terminal obeys
// gets through but what is allowed, and the cut makes no difference.
func FuzzSanitizer(f *testing.F) {
	f.Add([]byte("\x1b[31mx\x1b]0;t\x07\r\n"), uint8(1))
	f.Add([]byte("\xc2\x9b\x9b\xe6\xbc\xa2\r\r\n"), uint8(2))
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		in = append(in, '\n')
		var whole, cut Sanitizer
		want := whole.Append(nil, in)
		var got []byte
		for b := in; len(b) > 0; {
			n := min(len(b), 1+int(piece))
			got = cut.Append(got, b[:n])
			b = b[n:]
		}
		if string(got) != string(want) {
			t.Errorf("in pieces %q, whole %q", got, want)
		}
		if !utf8.Valid(want) || !onTerminal.Match(want) {
			t.Errorf("%q became %q", in, want)
		}
	})
}
