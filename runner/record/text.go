package record

import (
	"encoding/json"
	"unicode/utf8"
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
