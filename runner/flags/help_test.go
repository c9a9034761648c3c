package flags

import (
	"strings"
	"testing"
)

func TestWriteRow(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 8)
	for _, c := range []struct {
		row  Row
		want string
	}{
		{Row{"ab", ""}, "ab\n"},
		{Row{"ab", "text"}, "ab        text\n"},
		{Row{long, "text"}, long + "  text\n"},                       // two blanks between them at least
		{Row{long + "x", "text"}, long + "x\n" + "          text\n"}, // one too few
		{Row{"é", "text"}, "é         text\n"},
		{Row{"a", strings.Repeat("word ", 15)}, "a         " + strings.Repeat("word ", 13) + "word\n          word\n"},
		{Row{"a", strings.Repeat("x", 71) + " y"}, "a         " + strings.Repeat("x", 71) + "\n          y\n"},
		// A default is not cut from its value.
		{
			Row{"a", strings.Repeat("word ", 12) + "(default: 5s)."},
			"a         " + strings.Repeat("word ", 11) + "word\n          (default: 5s).\n",
		},
	} {
		var b strings.Builder
		writeRow(&b, c.row, 10)
		if b.String() != c.want {
			t.Errorf("%q:\n%swant\n%s", c.row, b.String(), c.want)
		}
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"clsh": "clsh", "heat": "heat", "clsh heat": "heat"} {
		if got := (&Tool{Name: name}).page(); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
