package complete

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitLine(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"":              {""},
		"clsh":          {"clsh"},
		"clsh ":         {"clsh", ""},
		" clsh\t -h  x": {"clsh", "-h", "x"},
		`a 'b "c' "d'e`: {"a", `b "c`, `"d'e`},
		`a b\ c\"d e\ `: {"a", `b c"d`, `e\ `},
		`a '' ""b`:      {"a", "", `""b`},
		"grüß ü":        {"grüß", "ü"},
		`a 'b\' c`:      {"a", `b\`, "c"},
	} {
		words, last := splitLine(line)
		if diff := cmp.Diff(want, append(words, last)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}
