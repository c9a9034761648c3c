package hosts

import (
	"fmt"
	"strings"
)

// ini is a configuration file as Python's ConfigParser reads it, which is
// what ClusterShell's files are read with: "=" or ":" after a key, keys in
// lower case, indented lines that go on, whole lines of comment, and a
// section DEFAULT whose keys all sections have.
type ini struct {
	sections map[string]map[string]string
	// order holds the names of the sections as they came, without DEFAULT.
	order []string
}

const iniDefault = "DEFAULT"

func newINI() *ini {
	return &ini{sections: map[string]map[string]string{iniDefault: {}}}
}

// iniReader reads one file into an ini. A section or a key that stands twice
// in one file is an error; a later file replaces what an earlier one said.
type iniReader struct {
	*ini
	path    string
	seen    map[string]map[string]bool
	section string
	key     string
	indent  int
}

// read adds the text of the file at path.
func (c *ini) read(path, text string) error {
	r := &iniReader{ini: c, path: path, seen: map[string]map[string]bool{}}
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
		return fmt.Errorf("a line before the first [section]: %q", text)
	}
	at := strings.IndexAny(text, "=:")
	if at < 1 {
		return fmt.Errorf("neither a [section] nor a key with its value: %q", text)
	}
	r.key, r.indent = strings.ToLower(strings.TrimSpace(text[:at])), indent
	if r.seen[r.section][r.key] {
		return fmt.Errorf("%q stands twice in [%s]", r.key, r.section)
	}
	r.seen[r.section][r.key] = true
	r.sections[r.section][r.key] = strings.TrimSpace(text[at+1:])
	return nil
}

func (r *iniReader) openSection(name string) error {
	if r.seen[name] != nil && name != iniDefault {
		return fmt.Errorf("the section [%s] stands twice", name)
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

// get returns the value of a key as it stands.
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

// interpolated returns the value of a key in which % has been taken for what
// ConfigParser takes it: %% is a %. References to other keys are refused.
func (c *ini) interpolate(section, key string) (string, error) {
	value, _ := c.get(section, key)
	if strings.Contains(strings.ReplaceAll(value, "%%", ""), "%") {
		return "", fmt.Errorf("[%s] %s: a %% that is not doubled; references to other keys are not read here", section, key)
	}
	return strings.ReplaceAll(value, "%%", "%"), nil
}
