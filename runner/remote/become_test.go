package remote

import (
	"bytes"
	"strings"
	"testing"
)

// However the prompt arrives, each one is one mark, and what surrounds it is noise.
func TestPasswordMark(t *testing.T) {
	t.Parallel()
	const nonce = "0123456789abcdef0123456789abcdef"
	text := "lecture\n" + Prompt(nonce) + "Sorry, try again.\n" + Prompt(nonce) + "\n\x1e" + nonce + " ready\n" + Prompt(nonce) + "\n"
	for size := 1; size <= len(text); size++ {
		var marks []MarkKind
		var noise bytes.Buffer
		f := NewFramer(nonce)
		f.Mark = func(m Mark) { marks = append(marks, m.Kind) }
		f.Noise = func(p []byte) { noise.Write(p) }
		f.Output = func(p []byte) { t.Errorf("output %q", p) }
		var carry []byte
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			carry = append(carry, rest[:n]...)
			rest = rest[n:]
			carry = carry[f.Feed(carry, false, rest == ""):]
		}
		if len(marks) != 3 || marks[0] != Password || marks[1] != Password || marks[2] != Ready {
			t.Fatalf("%d bytes at a time: marks %v", size, marks)
		}
		if got := noise.String(); !strings.HasPrefix(got, "lecture\nSorry, try again.\n\n") {
			t.Fatalf("%d bytes at a time: noise %q", size, got)
		}
	}
}

// No word that starts an agent holds what a login shell reads within single quotes.
func TestBecomeWords(t *testing.T) {
	t.Parallel()
	for name, words := range map[string][]string{
		"agent": Agent{Nonce: "n", Input: Null, Become: Sudo("root", true)}.words(),
		"tty":   Agent{Nonce: "n", Input: TTY, Become: Sudo("root", true)}.words(),
		"shell": Shell{Nonce: "n", Become: Sudo("root", false)}.words(),
	} {
		for _, word := range words {
			if strings.Contains(word, "'") || strings.Contains(word, "\n") || strings.Contains(strings.ReplaceAll(word, "! ", ""), "!") {
				t.Errorf("%s: %.80q", name, word)
			}
		}
		if words[0] != "sh" || words[3] != "clsh" || words[4] != "sudo" {
			t.Errorf("%s: %.80q", name, words[:5])
		}
	}
	if got := string(PasswordLine([]byte(` \ü'`), false)); got != "password  \\ü'\n" {
		t.Errorf("%q", got)
	}
	if got := string(PasswordLine(nil, true)); got != "\n" {
		t.Errorf("%q", got)
	}
}
