package hosts

import (
	"errors"
	"strings"
)

// splitWords cuts text at blanks as a shell does: quotes hold together, a
// backslash takes away what a quote, a blank or a backslash means. Where
// comment is true, a word that begins with # ends the text. Both shlex, which
// ClusterShell reads its lists of directories with, and ssh_config(5) split
// like this.
func splitWords(text string, comment bool) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote byte
	started := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && quote != '\'' && i+1 < len(text) && strings.IndexByte(`"'\ `, text[i+1]) >= 0:
			i++
			word.WriteByte(text[i])
			started = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, started = c, true
		case isBlank(c):
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		case c == '#' && comment && !started:
			return words, nil
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote that is not closed")
	}
	if started {
		words = append(words, word.String())
	}
	return words, nil
}
