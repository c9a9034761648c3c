package record

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"clsh/runner/event"
)

// FuzzAppendString compares our JSON strings with encoding/json's reading.
func FuzzAppendString(f *testing.F) {
	f.Add("a\"\\\x00\x7f\u0080\u009f\u00a0\u2028漢")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		var got string
		b := appendString(nil, []byte(text))
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if got != text {
			t.Errorf("read as %q, want %q", got, text)
		}
	})
}

// FuzzLineObject: what is written is what is read, by hand and by
// encoding/json.
func FuzzLineObject(f *testing.F) {
	f.Add([]byte("plain"), true, true)
	f.Add([]byte("a\"\\\x00\xff"), false, false)
	f.Add([]byte(`","data":"x`), true, true)
	f.Fuzz(func(t *testing.T, data []byte, stdout, eol bool) {
		want := outputLine{host: []byte("n1"), stream: event.Stderr, data: data, eol: eol}
		if stdout {
			want.stream = event.Stdout
		}
		text := appendLine(nil, []byte(`"n1"`), want)
		for _, text := range [][]byte{text, append([]byte(" "), text...)} { // the second in the slow way
			got, err := parseLine(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if string(got.host) != "n1" || got.stream != want.stream || !bytes.Equal(got.data, data) || got.eol != eol {
				t.Fatalf("%s: read as %+v", text, got)
			}
		}
	})
}
