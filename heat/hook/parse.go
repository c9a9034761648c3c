package hook

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/mattn/go-shellwords"

	"clsh/heat/executable"
)

// A Hook is what an option names to be run: a script or a command line.
type Hook struct {
	text string // as it was given
	path string
	args []string // args[0] is the program as it was given

	input []byte // nil: no standard input
}

// String returns the hook as it was given.
func (h Hook) String() string { return h.text }

// WithInput returns the hook with text on its standard input; nil: none. It is at most what a pipe
// takes, see MostInput.
func (h Hook) WithInput(text []byte) Hook {
	h.input = text
	return h
}

// Input returns the text of WithInput.
func (h Hook) Input() []byte { return h.input }

// Parse reads the value of a hook's option. The name of a file is that file, whatever is in it.
// Anything else is a command line: its words are split as a shell does, and nothing is expanded.
// With find, the program must be there; an *executable.Error says why it cannot run.
func Parse(text string, find bool) (Hook, error) {
	if _, err := os.Stat(text); err == nil || !find && !strings.ContainsAny(text, " \t") {
		h := Hook{text: text, path: executable.Path(text), args: []string{text}}
		if !find {
			return h, nil
		}
		return h, executable.Check(text)
	}
	words, err := splitWords(text)
	if err != nil {
		return Hook{}, err
	}
	h := Hook{text: text, path: words[0], args: words}
	if !find {
		return h, nil
	}
	h.path, err = findProgram(words[0])
	return h, err
}

// findProgram returns the path of a command line's first word: a file of that
// name, in the current directory too, or a program in PATH.
func findProgram(word string) (string, error) {
	_, err := os.Stat(word)
	if strings.ContainsRune(word, '/') || err == nil {
		return executable.Path(word), executable.Check(word)
	}
	path, err := exec.LookPath(word)
	if errors.Is(err, exec.ErrDot) || err == nil {
		return path, nil
	}
	return "", executable.NewError(word, err)
}

// splitWords splits a command line. What only a shell can do is refused: the
// library stops at such a character without an error.
func splitWords(line string) ([]string, error) {
	p := shellwords.NewParser()
	p.ParseEnv, p.ParseBacktick, p.ParseComment = false, false, false
	words, err := p.Parse(toRunes(line))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q: unmatched quote or parenthesis", line)
	case p.Position >= 0:
		rest := line[p.Position:] // begins with the number of a redirection
		at := strings.IndexAny(rest, ";&|<>")
		return nil, fmt.Errorf("%q: %q needs a shell\nhint: write sh -c '...'", line, rest[at:at+1])
	}
	for i := range words {
		words[i] = toBytes(words[i])
	}
	if len(words) == 0 || words[0] == "" {
		return nil, fmt.Errorf("%q: no program in it", line)
	}
	return words, nil
}

// toRunes makes a rune of each byte, and toBytes undoes it: the library reads
// UTF-8, and would lose bytes that are not.
func toRunes(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func toBytes(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}
