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

// maxConfig is the size of the largest file of an ssh configuration in bytes.
const maxConfig = 16 << 20

// maxIncludes is how deep Include may be nested, as in ssh (READCONF_MAX_DEPTH).
const maxIncludes = 16

// SSHSetting is a line of an ssh configuration.
type SSHSetting struct {
	Keyword string // in lower case
	Words   []string

	hosts   [][]string // the words of the Host lines that the setting is below
	inMatch bool       // the setting is below a Match line, or in a file included there
}

// For reports whether the setting is for a host of that name. The answer is not certain below a
// Match line.
func (s SSHSetting) For(name string) (yes, certain bool) {
	if !allMatch(s.hosts, name) {
		return false, true
	}
	return !s.inMatch, !s.inMatch
}

// Matches reports whether word matches one of the setting's words, which are patterns
// (ssh_config(5), PATTERNS).
func (s SSHSetting) Matches(word string) bool {
	return slices.ContainsFunc(s.Words, func(pattern string) bool { return matches(pattern, word) })
}

// SSHSettings returns the lines with one of the keywords, in lower case, of the ssh configurations
// at paths and of the files that they include. home is the user's home directory. A file that does
// not exist has no lines. If an Include has a token or a variable, SSHSettings returns the other
// lines and an error.
func SSHSettings(home string, paths []string, keywords ...string) ([]SSHSetting, error) {
	var settings []SSHSetting
	var unknown error
	c := &sshConfig{home: home, keywords: keywords}
	c.visit = func(s SSHSetting) {
		switch {
		case slices.Contains(keywords, s.Keyword):
			settings = append(settings, s)
		case s.Keyword == "include" && strings.ContainsAny(strings.Join(s.Words, " "), "%$"):
			unknown = fmt.Errorf("ssh configuration: Include %s: only ssh can expand this", strings.Join(s.Words, " "))
		}
	}
	for _, path := range paths {
		if err := c.file(path, 0, SSHSetting{}); err != nil {
			return nil, err
		}
	}
	return settings, unknown
}

// sshConfig reads the lines of an ssh_config(5) and which hosts they are for. It does not interpret
// the settings.
type sshConfig struct {
	home     string
	keywords []string         // the keywords to read, besides host, match and include
	visit    func(SSHSetting) // called for each line with such a keyword
}

// file visits the lines of one file. at is the Include that names the file, with its conditions.
func (c *sshConfig) file(path string, depth int, at SSHSetting) error {
	if depth > maxIncludes {
		return fmt.Errorf("ssh configuration %s: Include nested more than %d deep", path, maxIncludes)
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
			block.hosts = slices.Concat(at.hosts, [][]string{words})
		case "match":
			block.inMatch = true
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

// line splits a line into its keyword, in lower case, and its words. Both are empty for a line
// without one of the keywords to read.
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

// include visits the lines of the files that word of an Include names. A relative path is below
// ~/.ssh, as in any configuration of a user, even one given with -F.
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

// SSHHosts returns the names of the Host lines of the user's ssh configuration, without
// patterns. What cannot be read is left out.
func SSHHosts(sys System) []string {
	names, _ := sshConfigNames(sys, "")
	return names
}

// sshConfigNames returns the names on Host lines of the user's ssh configuration: from each line
// the first that matches pattern, or all if pattern is "". It skips names that are patterns
// themselves, and those below a Match line. A file that does not exist has no names.
func sshConfigNames(sys System, pattern string) ([]string, error) {
	path := sys.SSHConfig
	if path == "" && sys.Home != "" {
		path = filepath.Join(sys.Home, ".ssh/config")
	}
	if path == "" || path == "none" {
		return nil, nil
	}
	var names []string
	c := &sshConfig{home: sys.Home, visit: func(line SSHSetting) {
		names = append(names, line.hostNames(pattern)...)
	}}
	err := c.file(path, 0, SSHSetting{})
	return distinct(slices.Values(names)), err
}

// hostNames returns the names on a Host line, see sshConfigNames.
func (s SSHSetting) hostNames(pattern string) []string {
	if s.Keyword != "host" || s.inMatch {
		return nil
	}
	var names []string
	for _, name := range s.Words {
		if _, bad := parseHost(name); bad != nil || pattern != "" && !matches(pattern, name) {
			continue
		}
		if !hostLineMatches(s.Words, name) || !allMatch(s.hosts, name) {
			continue
		}
		names = append(names, name)
		if pattern != "" {
			break
		}
	}
	return names
}

// allMatch reports whether all Host lines are for name.
func allMatch(lines [][]string, name string) bool {
	return !slices.ContainsFunc(lines, func(words []string) bool { return !hostLineMatches(words, name) })
}

// hostLineMatches reports whether a Host line is for name: one of its patterns matches, and none
// after a ! does.
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
