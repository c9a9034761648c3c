package hook

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"recover", "a b", "a;b"} {
		script(t, name, "")
	}
	if err := os.WriteFile("plain", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	sh, err := findProgram("sh")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		text, path string
		args       []string
		wrong      string
	}{
		{"./recover", "./recover", []string{"./recover"}, ""},
		{"recover", "./recover", []string{"recover"}, ""},
		{"a b", "./a b", []string{"a b"}, ""},
		{"a;b", "./a;b", []string{"a;b"}, ""},
		{"recover --now", "./recover", []string{"recover", "--now"}, ""},
		{"sh", sh, []string{"sh"}, ""},
		{`sh -c 'a; b | c'`, sh, []string{"sh", "-c", "a; b | c"}, ""},
		{`sh "x y" z\ z ''`, sh, []string{"sh", "x y", "z z", ""}, ""},
		{"sh $HOME *", sh, []string{"sh", "$HOME", "*"}, ""},
		{"sh \xff\xe4\xb8\x96", sh, []string{"sh", "\xff\xe4\xb8\x96"}, ""},
		{`'a b' x`, "./a b", []string{"a b", "x"}, ""},
		{"sh -c a; b", "", nil, `";" needs a shell`},
		{"sh a & b", "", nil, `"&" needs a shell`},
		{"sh a && b", "", nil, `"&" needs a shell`},
		{"sh a | b", "", nil, `"|" needs a shell`},
		{"sh <a", "", nil, `"<" needs a shell`},
		{"sh 2>a", "", nil, `">" needs a shell`},
		{"sh ü 2>a", "", nil, `">" needs a shell`},
		{"sh (a)", "", nil, "unmatched"},
		{"sh 'a", "", nil, "unmatched"},
		{"  ", "", nil, "no program"},
		{"'' a", "", nil, "no program"},
		{"./none", "", nil, "./none: no such file"},
		{"no-such-program-here -x", "", nil, "no-such-program-here: executable file not found"},
		{"./plain", "", nil, "./plain: its mode is -rw-r--r--"},
		{"./plain -x", "", nil, "./plain: its mode is"},
	}
	for _, tt := range tests {
		h, err := Parse(tt.text, true)
		if tt.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("%q: error %v, want %s", tt.text, err, tt.wrong)
			}
			continue
		}
		if diff := cmp.Diff(Hook{text: tt.text, path: tt.path, args: tt.args}, h, cmp.AllowUnexported(Hook{})); diff != "" || err != nil {
			t.Errorf("%q: %v; -want +got:\n%s", tt.text, err, diff)
		}
	}
}

// FuzzSplitWords quotes words as a shell does and wants them back.
func FuzzSplitWords(f *testing.F) {
	f.Add("recover", "a b; c")
	f.Add("it's", "\xff\\n$x`")
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == "" {
			return // no program is named so
		}
		quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
		got, err := splitWords(quote(a) + " " + quote(b))
		if diff := cmp.Diff([]string{a, b}, got); diff != "" || err != nil {
			t.Errorf("%v; -want +got:\n%s", err, diff)
		}
		_, _ = splitWords(a) // anything may come of it but a panic
	})
}
