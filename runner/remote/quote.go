package remote

import (
	"regexp"
	"strings"
)

// Quote returns words as one line of a POSIX shell. If no word holds a single quote, it is one for
// every login shell: a Bourne shell, fish, csh.
func Quote(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		if quoted[i] = word; !harmless.MatchString(word) {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// harmless matches words that no shell reads in another way.
var harmless = regexp.MustCompile(`^[-_=./:@%+,a-zA-Z0-9]+$`)
