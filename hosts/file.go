package hosts

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"clsh/runner/files"
)

// maxFile is the size of the largest host file in bytes. It has room for 2^20 hosts and ends
// --hostfile /dev/zero.
const maxFile = 64 << 20

// hostFile is a parsed host file whose LISTs are not expanded yet.
type hostFile struct {
	path  string // as messages name it
	lines []fileLine
	// sections holds the lines of each section, sectionNames the names in order.
	sections     map[string][]fileLine
	sectionNames []string
}

// fileLine is a line with a LIST that scan accepts.
type fileLine struct {
	number int
	text   string
}

// readFile reads the host file at path, or stdin if path is "-".
func readFile(path string, stdin io.Reader) (*hostFile, error) {
	if path == "-" {
		if stdin == nil {
			stdin = strings.NewReader("")
		}
		return parseFile("standard input", stdin)
	}
	// Another process may be writing it, as <(command) of a shell does.
	f, err := files.Open(path, files.Stream)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	return parseFile(path, f)
}

// readTrusted reads the host file at path, which the user has not named, if it is Trusted.
func readTrusted(path string, uid int) (*hostFile, error) {
	f, err := OpenTrusted(path, uid)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	return parseFile(path, f)
}

// fileError returns the error for a host file that cannot be read, or must not be used.
func fileError(path string, err error) error {
	if untrusted, ok := errors.AsType[*untrustedError](err); ok {
		hint := "pass --hostfile " + path + " to use it"
		if untrusted.hint != "" {
			hint = untrusted.hint + ", or " + hint
		}
		return &untrustedError{path + " is not used: " + untrusted.reason, hint}
	}
	return fmt.Errorf("read host file %q: %w", path, bareError(err))
}

// parseFile parses a host file: one LIST per line, comments after #, and sections that begin with a
// line [NAME].
func parseFile(path string, r io.Reader) (*hostFile, error) {
	var all strings.Builder
	if _, err := io.Copy(&all, io.LimitReader(r, maxFile+1)); err != nil {
		return nil, fileError(path, err)
	}
	if all.Len() > maxFile {
		return nil, fileError(path, fmt.Errorf("is larger than %d MiB", maxFile>>20))
	}
	text := strings.TrimPrefix(all.String(), "\uFEFF")
	f := &hostFile{path: path, sections: map[string][]fileLine{}, lines: make([]fileLine, 0, 1+strings.Count(text, "\n"))}
	section := ""
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, isSection, bad := parseSection(line)
		if bad == nil && !isSection {
			bad = checkLine(line)
		}
		if bad != nil {
			return nil, newSyntaxError(f.where(number), line, 0, bad)
		}
		if isSection {
			section = name
			if _, ok := f.sections[name]; !ok {
				f.sections[name] = nil
				f.sectionNames = append(f.sectionNames, name)
			}
			continue
		}
		f.lines = append(f.lines, fileLine{number, line})
		if section != "" {
			f.sections[section] = append(f.sections[section], fileLine{number, line})
		}
	}
	return f, nil
}

// where returns how messages name a line.
func (f *hostFile) where(number int) string { return fmt.Sprintf("%s:%d", f.path, number) }

// parseSection returns the name of the section that line begins, if it begins one.
func parseSection(line string) (name string, ok bool, bad *offsetError) {
	name, closed := strings.CutSuffix(line, "]")
	if line[0] != '[' || !closed || strings.ContainsAny(name[1:], "[]") {
		return "", false, nil
	}
	name = name[1:]
	switch {
	case strings.HasSuffix(name, ":vars"), strings.HasSuffix(name, ":children"):
		return "", false, foreignFormat(1, "an ansible inventory").withHint("--inventory FILE reads one; in a host file, a line @OTHER includes the section OTHER")
	case checkIPv6(name, 0) == nil:
		return "", false, nil
	case strings.Trim(name, digits+",-/ ") == "" && name != "":
		return "", false, errorAt(1, "either a section or hosts that are numbers").withHint("use a letter in the name of a section")
	case name == "*":
		return "", false, errorAt(1, "invalid section name: '*' means all groups")
	}
	if problem := checkGroupName(name); problem != "" {
		return "", false, errorAt(1, "invalid section name: %s", problem)
	}
	return name, true, nil
}

// checkLine checks all of a LIST that can be checked before its groups are known.
func checkLine(line string) *offsetError {
	if isPlain(line) {
		return nil
	}
	operands, bad := scan(line)
	if bad != nil {
		return bad
	}
	for _, o := range operands {
		if o.afterBlank {
			return explainSecondWord(line, o)
		}
	}
	return findAnsibleRange(line)
}

// all returns the hosts of the whole file.
func (f *hostFile) all(e *evaluator) ([]Host, error) { return f.hosts(e, f.lines) }

// hosts returns the hosts of some of the lines.
func (f *hostFile) hosts(e *evaluator, lines []fileLine) ([]Host, error) {
	s := set{repeat: e.repeat}
	for _, l := range lines {
		if isPlain(l.text) {
			s.addOne(Host{Name: l.text, Addr: l.text}, len(lines))
		} else {
			found, err := e.list(f.where(l.number), l.text)
			if err != nil {
				return nil, err
			}
			s.add(found)
		}
		if s.len() > maxHosts {
			return nil, newSyntaxError(f.where(l.number), l.text, 0, tooMany(uint64(s.len()), 0))
		}
	}
	return s.list(), nil
}
