package hosts

import (
	"fmt"
	"strings"
)

// ini is a configuration as Python's ConfigParser, which ClusterShell uses, reads it: a key ends at
// "=" or ":" and has no case, an indented line continues a value, a comment takes a whole line, and
// all sections have the keys of the section DEFAULT.
type ini struct {
	sections map[string]map[string]string
	order    []string // the names of the sections but DEFAULT, in order
}

const iniDefault = "DEFAULT"

func newINI() *ini {
	return &ini{sections: map[string]map[string]string{iniDefault: {}}}
}

// iniReader reads one file into an ini. A duplicate section or key in one file is an error. Across
// files, later values override earlier ones.
type iniReader struct {
	*ini
	seen    map[string]map[string]bool // sections and keys of this file
	section string                     // the current one
	key     string                     // the current one, which an indented line continues
	indent  int                        // of key
}

// read adds the text of the file at path, which is only for messages.
func (c *ini) read(path, text string) error {
	r := &iniReader{ini: c, seen: map[string]map[string]bool{}}
	for i, line := range strings.Split(text, "\n") {
		if err := r.line(strings.TrimRight(line, " \t\r\f\v")); err != nil {
			return fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
	}
	for _, section := range c.sections {
		for key, value := range section {
			section[key] = strings.TrimRight(value, "\n")
		}
	}
	return nil
}

func (r *iniReader) line(line string) error {
	text := strings.TrimLeft(line, " \t\f\v")
	indent := len(line) - len(text)
	switch {
	case strings.HasPrefix(text, "#") || strings.HasPrefix(text, ";"):
		return nil
	case r.key != "" && (text == "" || indent > r.indent):
		r.sections[r.section][r.key] += "\n" + text
		return nil
	case text == "":
		return nil
	case text[0] == '[' && strings.LastIndexByte(text, ']') > 1:
		return r.openSection(text[1:strings.LastIndexByte(text, ']')])
	case r.section == "":
		return fmt.Errorf("line before the first [section]: %q", text)
	}
	at := strings.IndexAny(text, "=:")
	if at < 1 {
		return fmt.Errorf("neither a [section] nor KEY = VALUE: %q", text)
	}
	r.key, r.indent = strings.ToLower(strings.TrimSpace(text[:at])), indent
	if r.seen[r.section][r.key] {
		return fmt.Errorf("duplicate key %q in [%s]", r.key, r.section)
	}
	r.seen[r.section][r.key] = true
	r.sections[r.section][r.key] = strings.TrimSpace(text[at+1:])
	return nil
}

func (r *iniReader) openSection(name string) error {
	if r.seen[name] != nil && name != iniDefault {
		return fmt.Errorf("duplicate section [%s]", name)
	}
	if r.seen[name] == nil {
		r.seen[name] = map[string]bool{}
	}
	if r.sections[name] == nil {
		r.sections[name] = map[string]string{}
		r.order = append(r.order, name)
	}
	r.section, r.key = name, ""
	return nil
}

// get returns the value of a key, without interpolation, and whether it is set.
func (c *ini) get(section, key string) (string, bool) {
	values, known := c.sections[section]
	if !known {
		return "", false
	}
	value, set := values[key]
	if !set {
		value, set = c.sections[iniDefault][key]
	}
	return value, set
}

// interpolate returns the value of a key with %% replaced by %, as ConfigParser does. It refuses
// references to other keys.
func (c *ini) interpolate(section, key string) (string, error) {
	value, _ := c.get(section, key)
	if strings.Contains(strings.ReplaceAll(value, "%%", ""), "%") {
		return "", fmt.Errorf("[%s] %s: single %%\nhint: write %%%%; references to other keys are not supported", section, key)
	}
	return strings.ReplaceAll(value, "%%", "%"), nil
}
