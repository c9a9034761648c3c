package remote

import (
	"regexp"
	"strings"
)

// Quote returns words as one line of a POSIX shell.
func Quote(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quoteWord(w)
	}
	return strings.Join(quoted, " ")
}

func quoteWord(word string) string {
	if harmless.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// harmless matches words that no shell reads in another way.
var harmless = regexp.MustCompile(`^[-_=./:@%+,a-zA-Z0-9]+$`)

// loginLine returns words as a line for every login shell: a Bourne shell, fish, csh. No word
// holds a single quote.
func loginLine(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		if quoted[i] = word; !harmless.MatchString(word) {
			quoted[i] = "'" + word + "'"
		}
	}
	return strings.Join(quoted, " ")
}
