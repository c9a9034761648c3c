package hosts

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"clsh/runner/files"
)

// maxConfig is the largest file that is read of an ssh configuration.
const maxConfig = 16 << 20

// maxIncludes is how deep Include may lead; ssh stops there, too
// (READCONF_MAX_DEPTH).
const maxIncludes = 16

// An SSHSetting is a line of an ssh configuration, and where it stands.
type SSHSetting struct {
	Keyword string // in lower case
	Words   []string

	hosts   [][]string // the Host lines that it stands under
	matched bool       // in a block of Match, or included there
}

// For tells whether the line is for a host of that name. That is not certain in
// a block of Match.
func (s SSHSetting) For(name string) (yes, certain bool) {
	if !allMatch(s.hosts, name) {
		return false, true
	}
	return !s.matched, !s.matched
}

// Matches tells whether one of the words is a pattern that word matches
// (ssh_config(5), PATTERNS).
func (s SSHSetting) Matches(word string) bool {
	return slices.ContainsFunc(s.Words, func(pattern string) bool { return matches(pattern, word) })
}

// SSHSettings returns the lines that begin with one of the keywords, in lower
// case, of the ssh configuration at the paths, and of what it includes. home is
// the caller's. A file that is not there has none. Where an Include names a file by
// a token or a variable of ssh's, there is an error.
func SSHSettings(home string, paths []string, keywords ...string) ([]SSHSetting, error) {
	var settings []SSHSetting
	var unknown error
	c := &sshConfig{home: home, keywords: keywords}
	c.visit = func(s SSHSetting) {
		switch {
		case slices.Contains(keywords, s.Keyword):
			settings = append(settings, s)
		case s.Keyword == "include" && strings.ContainsAny(strings.Join(s.Words, " "), "%$"):
			unknown = fmt.Errorf("ssh configuration: Include %s: only ssh can say which file that is", strings.Join(s.Words, " "))
		}
	}
	for _, path := range paths {
		if err := c.file(path, 0, SSHSetting{}); err != nil {
			return nil, err
		}
	}
	return settings, unknown
}

// sshConfig reads an ssh_config(5): where lines stand, and what they are for. What
// they mean is ssh's own to say.
type sshConfig struct {
	home     string
	keywords []string         // whose words are read, beside Host, Match and Include
	visit    func(SSHSetting) // each line with words
}

// file reads one file, which was included at, and visits its lines.
func (c *sshConfig) file(path string, depth int, at SSHSetting) error {
	if depth > maxIncludes {
		return fmt.Errorf("ssh configuration %s: Include leads more than %d deep", path, maxIncludes)
	}
	data, err := files.Read(path, maxConfig)
	if errors.Is(err, fs.ErrNotExist) || depth > 0 && err != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read ssh configuration: %w", err)
	}
	block := at
	for i, line := range strings.Split(string(data), "\n") {
		keyword, words, err := c.line(line)
		if err != nil {
			return fmt.Errorf("ssh configuration %s:%d: %w", path, i+1, err)
		}
		if keyword == "" {
			continue
		}
		switch keyword {
		case "host", "match":
			block = at
		}
		block.Keyword, block.Words = keyword, words
		c.visit(block)
		switch keyword {
		case "host":
			block.hosts = append(at.hosts[:len(at.hosts):len(at.hosts)], words)
		case "match":
			block.matched = true
		case "include":
			for _, word := range words {
				if err := c.include(word, depth, block); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// line cuts a line into its keyword, in lower case, and its words; both are empty
// for lines that are not looked at.
func (c *sshConfig) line(line string) (keyword string, words []string, err error) {
	line = strings.TrimSpace(line)
	end := strings.IndexFunc(line, func(r rune) bool { return r == '=' || r == ' ' || r == '\t' || r == '"' })
	if end < 0 || line[0] == '#' {
		return "", nil, nil
	}
	keyword = strings.ToLower(line[:end])
	if keyword != "host" && keyword != "match" && keyword != "include" && !slices.Contains(c.keywords, keyword) {
		return "", nil, nil
	}
	rest := strings.TrimLeft(line[end:], " \t")
	rest = strings.TrimPrefix(rest, "=")
	words, err = splitWords(rest, true)
	return keyword, words, err
}

// include reads the files that an Include names: relative to ~/.ssh, as in
// any user's configuration, also one given with -F.
func (c *sshConfig) include(word string, depth int, at SSHSetting) error {
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
		if err := c.file(path, depth+1, at); err != nil {
			return err
		}
	}
	return nil
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
	found := &hostNames{pattern: pattern, seen: map[string]bool{}}
	c := &sshConfig{home: sys.Home, visit: found.take}
	err := c.file(path, 0, SSHSetting{})
	return found.names, err
}

// hostNames are the names on Host lines.
type hostNames struct {
	pattern string
	names   []string
	seen    map[string]bool
}

// take takes the names of a Host line.
func (n *hostNames) take(line SSHSetting) {
	if line.Keyword != "host" || line.matched {
		return
	}
	for _, name := range line.Words {
		if _, bad := parseHost(name); bad != nil || n.pattern != "" && !matches(n.pattern, name) {
			continue
		}
		if !hostLineMatches(line.Words, name) || !allMatch(line.hosts, name) {
			continue
		}
		if !n.seen[name] {
			n.seen[name] = true
			n.names = append(n.names, name)
		}
		if n.pattern != "" {
			return
		}
	}
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
