package hosts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxIncludes is how deep Include may lead; ssh stops there, too
// (READCONF_MAX_DEPTH).
const maxIncludes = 16

// sshConfig scans an ssh_config(5) for the names of its Host lines. All else
// in it is ssh's own to read.
type sshConfig struct {
	home    string
	pattern string
	names   []string
	seen    map[string]bool
}

// sshConfigNames returns the names on Host lines of the user's configuration:
// of each line the first that pattern matches, or all where it is empty.
// Names that are patterns themselves, and those in blocks of Match, are left
// out. A file that is not there has none.
func sshConfigNames(sys System, pattern string) ([]string, error) {
	path := sys.SSHConfig
	if path == "" && sys.Home != "" {
		path = filepath.Join(sys.Home, ".ssh/config")
	}
	if path == "" || path == "none" {
		return nil, nil
	}
	c := &sshConfig{home: sys.Home, pattern: pattern, seen: map[string]bool{}}
	err := c.file(path, 0, nil)
	return c.names, err
}

// file scans one file. Its lines count for names that each of the outer Host
// lines, under which it was included, is for.
func (c *sshConfig) file(path string, depth int, outer [][]string) error {
	if depth > maxIncludes {
		return fmt.Errorf("ssh configuration %s: Include leads more than %d deep", path, maxIncludes)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || depth > 0 && err != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read ssh configuration: %w", err)
	}
	inner, skip := outer, false
	for i, line := range strings.Split(string(data), "\n") {
		keyword, words, err := configLine(line)
		if err != nil {
			return fmt.Errorf("ssh configuration %s:%d: %w", path, i+1, err)
		}
		switch keyword {
		case "host":
			inner, skip = append(outer[:len(outer):len(outer)], words), false
			c.host(words, outer)
		case "match":
			skip = true
		case "include":
			if skip {
				continue
			}
			for _, word := range words {
				if err := c.include(word, depth, inner); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// configLine cuts a line into its keyword, in lower case, and its words. Of
// lines that are not looked at, the words are not either.
func configLine(line string) (keyword string, words []string, err error) {
	line = strings.TrimSpace(line)
	end := strings.IndexFunc(line, func(r rune) bool { return r == '=' || r == ' ' || r == '\t' || r == '"' })
	if end < 0 || line[0] == '#' {
		return "", nil, nil
	}
	keyword = strings.ToLower(line[:end])
	if keyword != "host" && keyword != "match" && keyword != "include" {
		return "", nil, nil
	}
	rest := strings.TrimLeft(line[end:], " \t")
	rest = strings.TrimPrefix(rest, "=")
	words, err = splitWords(rest, true)
	return keyword, words, err
}

// include scans the files that an Include names: relative to ~/.ssh, as in
// any user's configuration, also one given with -F.
func (c *sshConfig) include(word string, depth int, outer [][]string) error {
	switch {
	case strings.HasPrefix(word, "~/"):
		word = filepath.Join(c.home, word[2:])
	case !filepath.IsAbs(word):
		word = filepath.Join(c.home, ".ssh", word)
	}
	paths, err := filepath.Glob(word)
	if err != nil {
		return fmt.Errorf("ssh configuration: Include %s: %w", word, err)
	}
	for _, path := range paths {
		if err := c.file(path, depth+1, outer); err != nil {
			return err
		}
	}
	return nil
}

// host takes the names of a Host line.
func (c *sshConfig) host(words []string, outer [][]string) {
	for _, name := range words {
		if _, bad := parseHost(name); bad != nil || !c.wanted(name) {
			continue
		}
		if !hostLineMatches(words, name) || !allMatch(outer, name) {
			continue
		}
		if !c.seen[name] {
			c.seen[name] = true
			c.names = append(c.names, name)
		}
		if c.pattern != "" {
			return
		}
	}
}

func (c *sshConfig) wanted(name string) bool {
	return c.pattern == "" || matches(c.pattern, name)
}

func allMatch(lines [][]string, name string) bool {
	for _, words := range lines {
		if !hostLineMatches(words, name) {
			return false
		}
	}
	return true
}

// hostLineMatches tells whether a Host line is for name: one of its patterns
// matches, and none that has a ! before it.
func hostLineMatches(words []string, name string) bool {
	found := false
	for _, word := range words {
		negated, isNegated := strings.CutPrefix(word, "!")
		if isNegated && matches(negated, name) {
			return false
		}
		found = found || !isNegated && matches(word, name)
	}
	return found
}
