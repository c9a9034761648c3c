package copies

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"clsh/runner/copying"
)

// Put packs what was typed behind :put in a session: paths, options of --copy, and, as the last of several
// words, where they go. Without that they go into the directory of the hosts' shells. home expands a
// ~/ at the beginning of a local path.
func Put(typed, tempDir string, home func(string) string) (*copying.Plan, *copying.Meter, error) {
	const name = ":put"
	o, meter := Options{Copy: true, MaxSize: defaultMaxSize}, &copying.Meter{}
	words, err := o.typed(typed)
	if err != nil {
		return nil, nil, renamed(err, name)
	}
	var paths []string
	for _, w := range words {
		paths = append(paths, w.local(home)...)
	}
	options, err := o.copied(paths, "", false)
	if err == nil {
		meter.Rate, err = o.Rate()
	}
	if err != nil {
		return nil, nil, renamed(err, name)
	}
	plan, err := copying.New(options, tempDir)
	return plan, meter, renamed(err, name)
}

// Get prepares what was typed behind :get in a session: paths on the hosts, options of --rcopy, and, as
// the last of several words, the directory here.
func Get(typed string, hosts []string, home func(string) string) (*copying.Fetch, error) {
	const name = ":get"
	o := Options{Rcopy: true, MaxSize: defaultMaxSize}
	words, err := o.typed(typed)
	if err != nil {
		return nil, renamed(err, name)
	}
	var paths []string
	for _, w := range words {
		paths = append(paths, w.text)
	}
	o.Dest = home(o.Dest)
	options, err := o.fetched(paths)
	if err != nil {
		return nil, renamed(err, name)
	}
	fetch, err := copying.NewFetch(options, hosts)
	return fetch, renamed(err, name)
}

// typed returns the paths in a line, and sets the options and where the paths go.
func (o *Options) typed(line string) ([]word, error) {
	words, err := split(line)
	if err != nil {
		return nil, err
	}
	var paths []word
	for i := 0; i < len(words); i++ {
		if !strings.HasPrefix(words[i].text, "-") || words[i].text == "-" {
			paths = append(paths, words[i])
			continue
		}
		var rest []string
		for _, w := range words[i:] {
			rest = append(rest, w.text)
		}
		if rest[0] == "--" {
			return nil, errors.New("--: takes no command\nhint: type it on the next line")
		}
		used, err := o.option(rest)
		if err != nil {
			return nil, err
		}
		i += used
	}
	switch last := len(paths) - 1; {
	case last < 0:
		return nil, errors.New("missing PATH")
	case o.Dest == "" && last > 0:
		o.Dest, paths = paths[last].text, paths[:last]
	case o.Dest == "":
		o.Dest = "./"
	}
	return paths, nil
}

// renamed returns err with the names that the options of --copy and --rcopy have in a session.
func renamed(err error, name string) error {
	if err == nil {
		return nil
	}
	text := strings.NewReplacer("hint: --dest ", "hint: type ", "other options go before the first path; ", "", "--rcopy", ":get", "--copy", ":put", "--dest ", "").Replace(err.Error())
	if !strings.HasPrefix(text, name) {
		text = name + ": " + text
	}
	return errors.New(text)
}

// A word is one of a line that was typed.
type word struct {
	text  string
	tilde bool // it begins with a ~ that is not quoted
	glob  bool // it has a character of a pattern that is not quoted
}

// local returns the paths here that the word stands for: a name that is there, the names that match
// it as a pattern, or else itself.
func (w word) local(home func(string) string) []string {
	path := w.text
	if w.tilde {
		path = home(path)
	}
	if _, err := os.Lstat(path); err != nil && w.glob {
		if found, err := filepath.Glob(path); err == nil && len(found) > 0 {
			return found
		}
	}
	return []string{path}
}

// split splits a line into words at blanks, as a shell does, which has quotes and backslashes. What
// else a shell acts on is refused: nothing here would.
func split(line string) (words []word, err error) {
	var w word
	var text []byte
	within, quote, escaped := false, byte(0), false
	for i := range len(line) {
		c := line[i]
		switch {
		case escaped:
			if quote == '"' && strings.IndexByte("\"\\$`", c) < 0 {
				text = append(text, '\\')
			}
			text, escaped = append(text, c), false
		case c == '\\' && quote != '\'':
			within, escaped = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			within, quote = true, c
		case quote != '\'' && (c == '$' || c == '`'), quote == 0 && strings.IndexByte(";&|<>()", c) >= 0:
			return nil, fmt.Errorf("%q is for a shell, and no shell reads this line\nhint: put a \\ before it if it is part of a name", c)
		case quote == 0 && strings.IndexByte(" \t\n", c) >= 0:
			if within {
				w.text = string(text)
				words = append(words, w)
			}
			w, text, within = word{}, nil, false
		default:
			w.tilde = w.tilde || c == '~' && !within
			w.glob = w.glob || quote == 0 && strings.IndexByte("*?[", c) >= 0
			text, within = append(text, c), true
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("a quote or a backslash at the end is not complete")
	}
	if within {
		w.text = string(text)
		words = append(words, w)
	}
	return words, nil
}
