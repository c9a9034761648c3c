package hosts

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// seeds returns LISTs that use the whole language.
func seeds() []string {
	return []string{
		"a", "a,b c", "node[01-20,30]", "rack[1-2]node[1-4]", "node[0-10/2]", "a!b&c^d", "n1[2-3]4", "[1-3].x[4,05]", "n[8-11],n[08-11],n9,n09",
		"u@a:22,::1,[::1]:22,fe80::1%eth0", "@web!@db", "w*", "n[3-1]", "n[1-3", "é[1-2]", "-x", "10.0.[0-1].[1-9]!10.0.1.4", "n99999999999999999,n[99999999999999998-99999999999999999]",
	}
}

// isWord is isPlain without a limit of length.
func isWord(text string) bool { return text != "" && text[0] != '-' && allPlainBytes(text) }

// checkList checks that list is a valid List.
func checkList(t *testing.T, list List) {
	t.Helper()
	seen := map[string]bool{}
	for _, h := range list {
		if seen[h.Name] {
			t.Fatalf("duplicate name %q", h.Name)
		}
		seen[h.Name] = true
		again, bad := parseHost(h.Name)
		again.Settings = h.Settings // no part of a name
		if bad != nil || again != h {
			t.Fatalf("%+v is in the list, and its name reads as %+v (%v)", h, again, bad)
		}
		if strings.ContainsAny(h.Name, "/ \x00\n;$`'\"") || h.Name[0] == '-' {
			t.Fatalf("%q is in the list", h.Name)
		}
	}
}

// checkFold checks that Expand inverts Fold for names, and that folding again does not lengthen the
// LIST.
func checkFold(t *testing.T, names []string) {
	t.Helper()
	text := Fold(names)
	back, err := Expand(text)
	if err != nil {
		t.Fatalf("%q folds to %q: %v", names, text, err)
	}
	if got, want := slices.Sorted(slices.Values(back.Names())), slices.Sorted(slices.Values(names)); !slices.Equal(got, want) {
		t.Fatalf("%q folds to %q, which is %q", names, text, got)
	}
	if again := Fold(back.Names()); len(again) > len(text) {
		t.Fatalf("%q folds to %q, and that to %q", names, text, again)
	}
}

func FuzzExpand(f *testing.F) {
	for _, text := range seeds() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Expand(text)
		if err != nil {
			refusal, ok := errors.AsType[*syntaxError](err)
			if !ok || refusal.problem == "" || refusal.offset < 0 || refusal.offset > len(text) {
				t.Fatalf("%q: %#v", text, err)
			}
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
					t.Fatalf("%q: control characters in %q", text, line)
				}
			}
			return
		}
		if len(list) > 5000 {
			return
		}
		checkList(t, list)
		checkFold(t, list.Names())
	})
}

// FuzzFold maps the bytes to an alphabet in which digits, separators, and characters with a meaning
// in a name are frequent.
func FuzzFold(f *testing.F) {
	for _, text := range seeds() {
		f.Add([]byte(text))
	}
	f.Add([]byte{12, 19, 15, 15, 0, 11}) // .,@@0-
	const alphabet = "001123459ab-.x:@[]%,,,,,,"
	f.Fuzz(func(t *testing.T, data []byte) {
		text := make([]byte, len(data)) // data is the fuzzer's
		for i, c := range data {
			text[i] = alphabet[int(c)%len(alphabet)]
		}
		var names []string
		for name := range strings.SplitSeq(string(text), ",") {
			if _, bad := parseHost(name); bad == nil {
				names = append(names, name)
			}
		}
		if names = distinct(slices.Values(names)); len(names) > 0 {
			checkFold(t, names)
		}
	})
}

// FuzzSpan compares a range with a loop.
func FuzzSpan(f *testing.F) {
	f.Add(uint16(8), uint16(11), uint8(1), uint8(1), uint8(2))
	f.Add(uint16(0), uint16(100), uint8(7), uint8(3), uint8(3))
	f.Fuzz(func(t *testing.T, low, high uint16, step, lowWidth, highWidth uint8) {
		lowText, highText := fmt.Sprintf("%0*d", lowWidth%8, low), fmt.Sprintf("%0*d", highWidth%8, high)
		list, err := Expand(fmt.Sprintf("n[%s-%s/%d]", lowText, highText, step))
		isPadded := func(text string) bool { return len(text) > 1 && text[0] == '0' }
		mixed := len(lowText) != len(highText) && (isPadded(lowText) || isPadded(highText))
		if low > high || step == 0 || mixed {
			if err == nil {
				t.Fatalf("%s-%s/%d is %q", lowText, highText, step, list.Names())
			}
			return
		}
		width := 1
		if isPadded(lowText) {
			width = len(lowText)
		}
		var want []string
		for n := int(low); n <= int(high); n += int(step) {
			want = append(want, fmt.Sprintf("n%0*d", width, n))
		}
		if got := list.Names(); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s-%s/%d is %q, want %q (%v)", lowText, highText, step, got, want, err)
		}
	})
}

// FuzzOperators compares the operators with loops over plain slices.
func FuzzOperators(f *testing.F) {
	f.Add([]byte{0, 7, 1, 3, 2, 5, 3, 12, 0, 4})
	f.Fuzz(func(t *testing.T, data []byte) {
		var text strings.Builder
		var want []string
		for i := 0; i+1 < len(data); i += 2 {
			op := operators[data[i]%4]
			if i == 0 {
				op = ','
			} else {
				text.WriteByte(op)
			}
			first, last := int(data[i+1]%16), int(data[i+1]%16+data[i+1]/16)
			fmt.Fprintf(&text, "n[%d-%d]", first, last)
			var operand []string
			for n := first; n <= last; n++ {
				operand = append(operand, fmt.Sprintf("n%d", n))
			}
			want = combine(want, op, operand)
		}
		list, err := Expand(text.String())
		if got := list.Names(); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s is %q, want %q (%v)", text.String(), got, want, err)
		}
	})
}

// combine applies an operator by its definition.
func combine(all []string, op byte, operand []string) []string {
	var left []string
	for _, name := range all {
		in := slices.Contains(operand, name)
		if op == ',' || (op == '&') == in {
			left = append(left, name)
		}
	}
	for _, name := range operand {
		if (op == ',' || op == '^') && !slices.Contains(all, name) {
			left = append(left, name)
		}
	}
	return left
}

// FuzzMatches compares matches with a regular expression.
func FuzzMatches(f *testing.F) {
	f.Add("a*b?c*", "aXbYcZ")
	f.Add("**a", "aaa")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 50 || strings.ContainsFunc(pattern+name, func(r rune) bool { return r >= 0x80 }) {
			return
		}
		expression := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		want := regexp.MustCompile(`(?s)\A` + expression + `\z`).MatchString(name)
		if got := matches(pattern, name); got != want {
			t.Fatalf("%q matches %q: %v, want %v", pattern, name, got, want)
		}
	})
}

// FuzzSplitWords quotes words and splits them again.
func FuzzSplitWords(f *testing.F) {
	f.Add("a", "b c", `d"e'\f`)
	f.Add("", " ", "#")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		words := []string{a, b, c}
		quoted := make([]string, len(words))
		for i, word := range words {
			quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
		}
		got, err := splitWords(strings.Join(quoted, " ")+" # none", true)
		if err != nil || !slices.Equal(got, words) {
			t.Fatalf("%q reads as %q (%v)", quoted, got, err)
		}
	})
}
