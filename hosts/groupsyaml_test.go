package hosts

import (
	"strings"
	"testing"
)

// A second document is refused, as nodeset does: its groups would be missing.
func TestGroupsOfOneDocument(t *testing.T) {
	for text, want := range map[string]string{
		"a:\n  b: c\n":                       "",
		"---\na:\n  b: c\n":                  "",
		"---\na:\n  b: c\n...\n":             "",
		"a:\n  b: c\n---\nd:\n  e: f\n":      "second YAML document",
		"a:\n  b: c\n---\n":                  "second YAML document",
		"a:\n  b: c\n...\n---\nd:\n  e: f\n": "second YAML document",
		"a:\n  b: c\n---\n\t[":               "yaml: ",
		"":                                   "nothing in it",
	} {
		_, _, err := parseGroupsYAML("groups.yaml", []byte(text))
		if got := errorText(err); want == "" && err != nil || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
