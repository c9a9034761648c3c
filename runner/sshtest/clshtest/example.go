package clshtest

import (
	"os"
	"strings"
	"testing"
)

// Example returns the first block of code in a language that stands in a page of the documentation
// behind the text after.
func Example(t testing.TB, page, after, language string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), after)
	if found {
		_, rest, found = strings.Cut(rest, "\n```"+language+"\n")
	}
	example, _, closed := strings.Cut(rest, "\n```\n")
	if !found || !closed {
		t.Fatalf("%s has no example in %s behind %q", page, language, after)
	}
	return example
}
