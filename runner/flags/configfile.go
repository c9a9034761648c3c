package flags

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"clsh/runner/nearest"
)

// A ConfigFile is a configuration file in TOML. Its keys are the long options that have an
// environment variable.
type ConfigFile struct {
	Path string
	Text []byte
	// Home replaces a leading ~ in the name of a file; a shell does that on the command line.
	Home string
}

// A setting is a key of a configuration file and its value.
type setting struct {
	key   string
	value any
	line  int // where the setting begins, from 1
}

// apply gives each option that the file sets its value, unless origins has one of higher rank,
// and records the file in origins. Every setting is checked, also one that is overridden.
func (c *ConfigFile) apply(options []*kong.Flag, origins Origins) error {
	settings, err := c.settings()
	if err != nil {
		return err
	}
	for _, s := range settings {
		if show(s.value) == "a table" {
			return c.at(s.line, fmt.Errorf("%s is a table\nhint: settings stand outside tables: KEY = VALUE", quoteKey(s.key)))
		}
		f, err := findOption("clsh", options, s.key)
		if err != nil {
			return c.at(s.line, err)
		}
		words, err := c.words(f, s.value)
		if err != nil {
			return c.at(s.line, err)
		}
		if origins[f.Name].Rank > FromFile {
			continue
		}
		for _, word := range words {
			if err := set(f, word); err != nil {
				return c.at(s.line, fmt.Errorf("%s: %s%s", s.key, strings.TrimPrefix(err.Error(), f.ShortSummary()+": "), example(f)))
			}
		}
		origins[f.Name] = Origin{FromFile, fmt.Sprintf("%s:%d", c.Path, s.line)}
	}
	return nil
}

// at names the file and the line of an error.
func (c *ConfigFile) at(line int, err error) error {
	return fmt.Errorf("%s:%d: %w", c.Path, line, err)
}

// settings returns the file's settings in their order.
func (c *ConfigFile) settings() ([]setting, error) {
	text := bytes.TrimPrefix(c.Text, []byte("\uFEFF"))
	if at := bytes.IndexByte(text, 0); at >= 0 {
		return nil, c.at(1+bytes.Count(text[:at], []byte("\n")), errors.New("this is not a text file"))
	}
	var all map[string]any
	if _, err := toml.Decode(string(text), &all); err != nil {
		if bad, ok := errors.AsType[toml.ParseError](err); ok {
			return nil, c.at(bad.Position.Line, explainSyntax(bad))
		}
		return nil, fmt.Errorf("%s: %w", c.Path, err)
	}
	// The library does not tell the line of a key. But in a file without mistakes, the lines of a
	// value that spans several become valid only with its last one.
	var found []setting
	var statement strings.Builder
	begin, number := 1, 0
	for line := range strings.Lines(string(text)) {
		number++
		statement.WriteString(line)
		if number > begin && !strings.ContainsAny(line, `"']}`) {
			continue // within a value
		}
		var values map[string]any
		if _, err := toml.Decode(statement.String(), &values); err != nil {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(values)) {
			found = append(found, setting{key, values[key], begin})
		}
		statement.Reset()
		begin = number + 1
	}
	return found, nil
}

// findOption returns the option of a tool that key sets.
func findOption(tool string, options []*kong.Flag, key string) (*kong.Flag, error) {
	var keys []string
	for _, f := range options {
		switch {
		case !slices.Contains(namesOf(f), key) && len(f.Envs) > 0 && !f.Hidden:
			keys = append(keys, f.Name)
		case slices.Contains(namesOf(f), key) && len(f.Envs) > 0:
			return f, nil
		case f.Name == key:
			return nil, fmt.Errorf("%s cannot be set in a configuration file\nhint: give --%s on the command line", key, key)
		}
	}
	for _, f := range options {
		if len(f.Envs) > 0 && (slices.Contains(f.Aliases, key) || f.Short != 0 && string(f.Short) == key) {
			keys = []string{f.Name}
		}
	}
	hint := "keys are the long options; see " + tool + " --help"
	like := nearest.Name(key, keys)
	if len(keys) == 1 {
		like = keys[0]
	}
	if like != "" {
		hint = "did you mean " + like + "?"
	}
	return nil, fmt.Errorf("unknown key %s\nhint: %s", quoteKey(key), hint)
}

// quoteKey quotes a key if it does not look like one.
func quoteKey(key string) string {
	if key == "" || strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		return strconv.Quote(key)
	}
	return key
}

// words returns the value of f's setting as it would be typed, one word for each time that the
// option would be given.
func (c *ConfigFile) words(f *kong.Flag, value any) ([]string, error) {
	if f.IsSlice() {
		return listWords(f, value)
	}
	var word string
	var fits bool
	switch v := value.(type) {
	case bool:
		word, fits = strconv.FormatBool(v), f.IsBool()
	case int64:
		word, fits = strconv.FormatInt(v, 10), isCount(f) || isDuration(f)
	case float64:
		word, fits = strconv.FormatFloat(v, 'f', -1, 64), isDuration(f)
	case string:
		word, fits = v, !isCount(f) && !f.IsBool()
	}
	switch {
	case !fits:
		return nil, fmt.Errorf("%s: wrong type of value: %s%s", f.Name, show(value), example(f))
	case f.Enum != "" && !f.EnumMap()[word]:
		return nil, fmt.Errorf("%s: unknown value %s%s", f.Name, show(value), example(f))
	}
	if rest, ok := strings.CutPrefix(word, "~/"); ok && c.Home != "" && f.Tag.Get("predictor") == "file" {
		word = filepath.Join(c.Home, rest) + strings.Repeat("/", trailing(rest))
	}
	return []string{word}, nil
}

// trailing is 1 if the name of a file ends in a slash, which makes it a directory.
func trailing(name string) int {
	if name == "" || strings.HasSuffix(name, "/") {
		return 1
	}
	return 0
}

// listWords returns the elements of a list of text.
func listWords(f *kong.Flag, value any) ([]string, error) {
	list, ok := value.([]any)
	words := []string{}
	for _, element := range list {
		word, isText := element.(string)
		ok = ok && isText
		words = append(words, word)
	}
	if !ok {
		return nil, fmt.Errorf("%s: wrong type of value: %s%s", f.Name, show(value), example(f))
	}
	return words, nil
}

// example returns a hint with a setting of f as it should be.
func example(f *kong.Flag) string {
	value := `"VALUE"`
	switch {
	case f.IsBool():
		value = "true or false"
	case f.IsSlice():
		value = `["VALUE"], a list`
	case isDuration(f):
		value = `30, 1.5 or "2m"`
	case isCount(f):
		value = "8"
	case f.Enum != "":
		var words []string
		for _, word := range f.EnumSlice() {
			if word != "" {
				words = append(words, strconv.Quote(word))
			}
		}
		value = strings.Join(words, " or ")
	}
	return "\nhint: " + f.Name + " = " + value
}

// explainSyntax returns the error for a file that is not TOML.
func explainSyntax(bad toml.ParseError) error {
	if key, twice := strings.CutSuffix(bad.Message, "' has already been defined."); twice {
		return fmt.Errorf("%s is set twice", strings.TrimPrefix(key, "Key '"))
	}
	return fmt.Errorf("%s\nhint: a setting is KEY = VALUE; text is in quotes: user = \"root\"", bad.Message)
}

// show returns a value for a message.
func show(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(v)
	case map[string]any, []map[string]any:
		return "a table"
	case []any:
		return "a list"
	case bool, int64, float64:
		return fmt.Sprint(v)
	}
	return "a date" // all that is left in TOML
}
