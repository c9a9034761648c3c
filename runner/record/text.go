package record

import (
	"encoding/json"
	"unicode/utf8"

	"clsh/runner/sanitize"
)

// Text is what somebody typed or a file system holds: mostly UTF-8, but any bytes. In JSON it is a
// string, or {"base64":"…"} if it is not UTF-8.
type Text string

// MarshalJSON writes t. Characters that terminals act on are escaped.
func (t Text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return appendString(nil, []byte(t)), nil
	}
	return json.Marshal(bytesObject{[]byte(t)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var o bytesObject
		err := json.Unmarshal(b, &o)
		*t = Text(o.Base64)
		return err
	}
	return json.Unmarshal(b, (*string)(t))
}

type bytesObject struct {
	Base64 []byte `json:"base64"`
}

// texts returns words as Text.
func texts(words []string) []Text {
	all := make([]Text, len(words))
	for i, w := range words {
		all[i] = Text(w)
	}
	return all
}

// appendString adds text, which is valid UTF-8, as a JSON string (RFC 8259).
// Characters that terminals act on are escaped as well.
func appendString(dst, text []byte) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	begin := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < 0x7f {
			continue
		}
		if c >= utf8.RuneSelf && c != 0xc2 && c != 0xe2 { // the control characters begin so
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			if r, n = utf8.DecodeRune(text[i:]); !sanitize.IsControl(r) {
				i += n - 1
				continue
			}
		}
		dst = append(dst, text[begin:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\n':
			dst = append(dst, '\\', 'n')
		default:
			dst = append(dst, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		}
		i += n - 1
		begin = i + 1
	}
	return append(append(dst, text[begin:]...), '"')
}
