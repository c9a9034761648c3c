package flags

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// FromTable reads cmd, a struct with kong's tags, from a table of a TOML file, whose keys are the long
// options that have a variable. What the table has not is as the variables have it.
func (t *Tool) FromTable(cmd any, table map[string]any) error {
	parser, err := t.Parser(cmd)
	if err != nil {
		return err
	}
	options := parser.Model.Flags
	unsetEmpty(options)
	if _, err := parser.Parse(nil); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		f, err := findOption(t.Name, options, key)
		if err != nil {
			return err
		}
		word, err := tableWord(f, table[key])
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if err := set(f, word); err != nil {
			return fmt.Errorf("%s: %s", key, strings.TrimPrefix(err.Error(), f.ShortSummary()+": "))
		}
	}
	return nil
}

// tableWord returns a value as it would be typed. A number stands for itself without quotes.
func tableWord(f *kong.Flag, value any) (string, error) {
	var word string
	fits := !f.IsBool()
	switch v := value.(type) {
	case bool:
		word, fits = strconv.FormatBool(v), f.IsBool()
	case int64:
		word = strconv.FormatInt(v, 10)
	case float64:
		word = strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		word = v
	default:
		fits = false
	}
	if !fits || f.Enum != "" && !f.EnumMap()[word] {
		return "", fmt.Errorf("wrong value: %s%s", show(value), example(f))
	}
	return word, nil
}
