package hosts

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// source is a group source of ClusterShell, which is a namespace of groups.
type source interface {
	// lookup returns the LIST of a group, and whether the group exists.
	lookup(ctx context.Context, group string) (list string, known bool, err error)
	// all returns the LIST of all hosts, if the source has one.
	all(ctx context.Context) (list string, known bool, err error)
	// groups returns the names of the groups, if the source can list them.
	groups(ctx context.Context) (names []string, known bool, err error)
	// where returns the file that defines the source.
	where() string
}

// fileSource is groups with a LIST for each: those of a YAML file, or what the command mapall prints.
type fileSource struct {
	path  string
	names []string
	lists map[string]string
}

func (s *fileSource) lookup(_ context.Context, group string) (string, bool, error) {
	list, known := s.lists[group]
	return list, known, nil
}

// all returns the group named all.
func (s *fileSource) all(ctx context.Context) (string, bool, error) { return s.lookup(ctx, "all") }

func (s *fileSource) groups(context.Context) ([]string, bool, error) { return s.names, true, nil }
func (s *fileSource) where() string                                  { return s.path }

// commandSource is a section of groups.conf(5), which consists of commands.
type commandSource struct {
	path, name, dir string
	// The commands map, mapall, all and list. One of the first two is set.
	mapping, mappings, everything, listing string
	// keep is how long answers are kept.
	keep time.Duration
	sys  System
}

func (s *commandSource) where() string { return s.path }

func (s *commandSource) lookup(ctx context.Context, group string) (string, bool, error) {
	// The name may come from the source's own list, so it has not been checked.
	if problem := checkGroupName(group); problem != "" {
		return "", false, fmt.Errorf("%s: source %s: group %q: %s", s.path, s.name, group, problem)
	}
	all, err := s.mapAll(ctx)
	if err != nil {
		return "", false, err
	}
	if list, known := all.lists[group]; known || s.mapping == "" {
		return list, known, nil
	}
	list, err := s.ask(ctx, s.mapping, group)
	if err != nil || list != "" {
		return list, err == nil, err
	}
	// An empty answer means an unknown group, or a group without hosts.
	names, listed, err := s.groups(ctx)
	return "", listed && slices.Contains(names, group), err
}

func (s *commandSource) all(ctx context.Context) (string, bool, error) {
	if s.everything == "" {
		return "", false, nil
	}
	list, err := s.ask(ctx, s.everything, "")
	return list, err == nil, err
}

func (s *commandSource) groups(ctx context.Context) ([]string, bool, error) {
	if s.mappings != "" {
		all, err := s.mapAll(ctx)
		return all.names, err == nil, err
	}
	if s.listing == "" {
		return nil, false, nil
	}
	text, err := s.ask(ctx, s.listing, "")
	if err != nil {
		return nil, false, err
	}
	var names []string
	for _, word := range strings.Fields(text) {
		expanded, err := unfoldGroup(word)
		if err != nil {
			return nil, false, fmt.Errorf("%s: [%s] list: %w", s.path, s.name, err)
		}
		names = append(names, expanded...)
	}
	return names, true, nil
}

// mapAll returns what the command mapall prints: a line "GROUP: LIST" for each group. The lines of
// one group belong together. Without the command, there are none.
func (s *commandSource) mapAll(ctx context.Context) (*fileSource, error) {
	all := &fileSource{path: s.path, lists: map[string]string{}}
	if s.mappings == "" {
		return all, nil
	}
	text, err := s.ask(ctx, s.mappings, "")
	if err != nil {
		return all, err
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		group, list, found := strings.Cut(line, ":")
		group, list = strings.TrimSpace(group), strings.TrimSpace(list)
		switch {
		case line == "":
			continue
		case !found || len(strings.Fields(group)) != 1:
			return all, fmt.Errorf("%s: [%s] mapall: %q is not GROUP: LIST", s.path, s.name, line)
		}
		before, known := all.lists[group]
		if !known {
			all.names = append(all.names, group)
		}
		if before != "" && list != "" {
			before += ","
		}
		all.lists[group] = before + list
	}
	return all, nil
}

// unfoldGroup returns the names of groups that a folded name means.
func unfoldGroup(word string) ([]string, error) {
	if _, bad := scanOperand(word, 0); bad != nil {
		return nil, newSyntaxError("", word, 0, bad)
	}
	t, bad := new(evaluator).unfold(word)
	if bad != nil {
		return nil, newSyntaxError("", word, 0, bad)
	}
	return slices.Collect(t.names()), nil
}

// ask runs a command of the section as ClusterShell does: by the shell, in the directory of the
// file, with $GROUP, $SOURCE and $CFGDIR replaced. The name of a group has no character that is
// special to a shell (checkGroupName).
func (s *commandSource) ask(ctx context.Context, command, group string) (string, error) {
	command = substitute(command, map[string]string{"GROUP": group, "SOURCE": s.name, "CFGDIR": s.dir})
	out, err := s.sys.ask(ctx, []string{"sh", "-c", `cd -- "$1" && eval "$2"`, "sh", s.dir, command}, s.keep)
	if err != nil {
		return "", fmt.Errorf("%s: source %s: run %q: %w", s.path, s.name, command, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// placeholder matches $$, $NAME and ${NAME}.
var placeholder = regexp.MustCompile(`\$(\$|[_a-zA-Z]\w*|\{[_a-zA-Z]\w*\})`)

// substitute replaces $NAME and ${NAME} by values, and $$ by $, like safe_substitute of Python's
// string.Template. It leaves unknown names alone.
func substitute(text string, values map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$$" {
			return "$"
		}
		if value, known := values[strings.Trim(found, "${}")]; known {
			return value
		}
		return found
	})
}
