package hosts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"clsh/runner/files"
)

// maxFile is the largest host file, in bytes: room for 2^20 hosts, and an end
// for --hostfile /dev/zero.
const maxFile = 64 << 20

// hostFile is a host file that has been read, but not worked out.
type hostFile struct {
	// path is how the file is called in messages.
	path  string
	lines []fileLine
	// sections holds the numbers, in lines, of what each section has.
	sections map[string][]int
	// order holds the names of the sections as they come.
	order []string
}

// fileLine is a LIST that scan takes, and where it stands.
type fileLine struct {
	number int
	text   string
}

// readFile reads the host file at path; "-" is stdin.
func readFile(path string, stdin io.Reader) (*hostFile, error) {
	if path == "-" {
		if stdin == nil {
			stdin = strings.NewReader("")
		}
		return parseFile("standard input", stdin)
	}
	// Another process may write it just now, <(command) of a shell.
	f, err := files.Open(path, files.Stream)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	return parseFile(path, f)
}

// readTrusted reads the host file at path, which nobody has named, if it is
// one that Trusted lets pass.
func readTrusted(path string, uid int) (*hostFile, error) {
	if err := Trusted(path, uid); err != nil {
		return nil, trustError(path, err)
	}
	f, err := files.Open(path, files.Regular)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	// It may be another file by now.
	info, err := f.Stat()
	if err != nil {
		return nil, fileError(path, err)
	}
	if err := trustedInfo(info, path, uid); err != nil {
		return nil, trustError(path, err)
	}
	return parseFile(path, f)
}

func trustError(path string, err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return fileError(path.Path, err)
	}
	return fmt.Errorf("%w (or name it: --hostfile %s)", err, path)
}

// fileError makes the message about a file that could not be read.
func fileError(path string, err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		err = e.Err
	}
	return fmt.Errorf("read host file %q: %w", path, err)
}

// parseFile reads a LIST a line; # begins a comment, [name] a section.
func parseFile(path string, r io.Reader) (*hostFile, error) {
	var all strings.Builder
	if _, err := io.Copy(&all, io.LimitReader(r, maxFile+1)); err != nil {
		return nil, fileError(path, err)
	}
	if all.Len() > maxFile {
		return nil, fileError(path, fmt.Errorf("is larger than %d MiB", maxFile>>20))
	}
	text := strings.TrimPrefix(all.String(), "\uFEFF")
	f := &hostFile{path: path, sections: map[string][]int{}, lines: make([]fileLine, 0, 1+strings.Count(text, "\n"))}
	section := ""
	for number := 1; text != ""; number++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, isSection, err := f.section(number, line)
		if err != nil {
			return nil, err
		}
		if isSection {
			section = name
			continue
		}
		if err := f.add(number, line, section); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// where names a line for messages.
func (f *hostFile) where(number int) string { return fmt.Sprintf("%s:%d", f.path, number) }

// section tells whether line opens a section, and which.
func (f *hostFile) section(number int, line string) (string, bool, error) {
	name, closed := strings.CutSuffix(line, "]")
	if line[0] != '[' || !closed || strings.ContainsAny(name[1:], "[]") {
		return "", false, nil
	}
	name = name[1:]
	fail := func(problem string) error {
		return place(f.where(number), line, 1, &nameError{0, problem})
	}
	switch {
	case strings.HasSuffix(name, ":vars"), strings.HasSuffix(name, ":children"):
		return "", false, fail(foreign("an ansible inventory", "a section is [NAME], and takes in another with a line @OTHER"))
	case checkIPv6(name, 0) == nil:
		return "", false, nil
	case strings.Trim(name, "0123456789,-/ ") == "" && name != "":
		return "", false, fail("this may be a section or hosts that are numbers; a section's name has a letter in it")
	}
	if problem := checkGroup(name); problem != "" || name == "*" {
		return "", false, fail("a section's name is made of letters, digits, dots, dashes and underscores: " + problem)
	}
	if _, again := f.sections[name]; !again {
		f.sections[name] = nil
		f.order = append(f.order, name)
	}
	return name, true, nil
}

// add takes in the LIST line.
func (f *hostFile) add(number int, line, section string) error {
	if bad := checkLine(line); bad != nil {
		return place(f.where(number), line, 0, bad)
	}
	if section != "" {
		f.sections[section] = append(f.sections[section], len(f.lines))
	}
	f.lines = append(f.lines, fileLine{number, line})
	return nil
}

// checkLine tells what can be told of a LIST before its groups are known.
func checkLine(line string) *nameError {
	if isPlain(line) {
		return nil
	}
	operands, bad := scan(line)
	if bad != nil {
		return bad
	}
	for _, o := range operands {
		if o.blank {
			return &nameError{o.offset, secondWord(line, o.text)}
		}
	}
	return foreignRange(line)
}

// all returns the hosts of the whole file.
func (f *hostFile) all(e *evaluator) ([]Host, error) {
	var s set
	for i := range f.lines {
		if err := f.line(e, &s, i, len(f.lines)); err != nil {
			return nil, err
		}
	}
	return s.list(), nil
}

// group returns the hosts of a section.
func (f *hostFile) group(e *evaluator, section string) ([]Host, error) {
	var s set
	for _, i := range f.sections[section] {
		if err := f.line(e, &s, i, len(f.sections[section])); err != nil {
			return nil, err
		}
	}
	return s.list(), nil
}

// line adds to s the hosts of line i, one of so many.
func (f *hostFile) line(e *evaluator, s *set, i, many int) error {
	l := f.lines[i]
	if isPlain(l.text) && len(l.text) <= maxName {
		s.addOne(Host{Name: l.text, Addr: l.text}, many)
	} else {
		found, err := e.list(f.where(l.number), l.text)
		if err != nil {
			return err
		}
		s.add(found)
	}
	if s.len() > maxHosts {
		return place(f.where(l.number), l.text, 0, tooMany(uint64(s.len()), 0))
	}
	return nil
}
