package hosts

import (
	"errors"
	"strings"
)

// splitWords splits text at white space. Quotes group characters into one word, and a backslash
// escapes a quote, a space or a backslash. If comments is set, a word that begins with # ends the
// text. This is how ssh_config(5) and Python's shlex, which ClusterShell uses for lists of
// directories, split words.
func splitWords(text string, comments bool) ([]string, error) {
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
		case c == '#' && comments && !started:
			return words, nil
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if quote != 0 {
		return nil, errors.New("unclosed quote")
	}
	if started {
		words = append(words, word.String())
	}
	return words, nil
}
