package hosts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// source is where groups are defined: a name space of ClusterShell's.
type source interface {
	// lookup returns the LIST of a group, and whether there is such a group.
	lookup(ctx context.Context, group string) (list string, known bool, err error)
	// all returns the LIST of every host, where the source can tell.
	all(ctx context.Context) (list string, known bool, err error)
	// groups returns the names of the groups, where the source can tell.
	groups(ctx context.Context) (names []string, known bool, err error)
	// where says where the source is defined.
	where() string
}

// fileSource is the groups of a file that has been read.
type fileSource struct {
	path  string
	names []string
	lists map[string]string
}

func (s *fileSource) lookup(_ context.Context, group string) (string, bool, error) {
	list, known := s.lists[group]
	return list, known, nil
}

// all returns the group all, which is how a file says it.
func (s *fileSource) all(ctx context.Context) (string, bool, error) { return s.lookup(ctx, "all") }

func (s *fileSource) groups(context.Context) ([]string, bool, error) { return s.names, true, nil }
func (s *fileSource) where() string                                  { return s.path }

// commandSource is a section of groups.conf(5): commands that answer.
type commandSource struct {
	path, name, dir string
	// commands are map, all and list; empty where there is none.
	mapping, everything, listing string
	run                          func(context.Context, []string) ([]byte, error)
}

func (s *commandSource) where() string { return s.path }

func (s *commandSource) lookup(ctx context.Context, group string) (string, bool, error) {
	// The name may come from the source's own list.
	if problem := checkGroupName(group); problem != "" {
		return "", false, fmt.Errorf("%s: source %s: the group %q: %s", s.path, s.name, group, problem)
	}
	list, err := s.ask(ctx, s.mapping, group)
	if err != nil || list != "" {
		return list, err == nil, err
	}
	// No answer is what a group without hosts gives, and an unknown one.
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

// unfoldGroup returns the names that a folded name of groups stands for.
func unfoldGroup(word string) ([]string, error) {
	e := evaluator{}
	if _, bad := scanOperand(word, 0); bad != nil {
		return nil, newSyntaxError("", word, 0, bad)
	}
	t, bad := e.unfold(word)
	if bad != nil {
		return nil, newSyntaxError("", word, 0, bad)
	}
	return slices.Collect(t.names()), nil
}

// ask runs a command of the section, as ClusterShell does: in the directory
// of the file, by the shell, after $GROUP, $SOURCE and $CFGDIR have been put
// in. The name of a group holds nothing that means anything to a shell
// (checkGroup).
func (s *commandSource) ask(ctx context.Context, command, group string) (string, error) {
	command = substitute(command, map[string]string{"GROUP": group, "SOURCE": s.name, "CFGDIR": s.dir})
	fail := func(err error) (string, error) {
		return "", fmt.Errorf("%s: source %s: run %q: %w", s.path, s.name, command, err)
	}
	if s.run == nil {
		return fail(errors.New("commands of group sources are not run here"))
	}
	out, err := s.run(ctx, []string{"sh", "-c", `cd -- "$1" && eval "$2"`, "sh", s.dir, command})
	if err != nil {
		return fail(err)
	}
	return strings.TrimSpace(string(out)), nil
}

// substitute puts values in as safe_substitute of Python's string.Template
// does: $NAME and ${NAME}; $$ is a $; what is not known stays.
func substitute(text string, values map[string]string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, rest := templateName(after)
		value, known := values[name]
		switch {
		case strings.HasPrefix(after, "$"):
			b.WriteByte('$')
			rest = after[1:]
		case known:
			b.WriteString(value)
		default:
			b.WriteByte('$')
			rest = after
		}
		text = rest
	}
}

// templateName returns the name after a $, and what follows it.
func templateName(text string) (name, rest string) {
	braced := strings.HasPrefix(text, "{")
	if braced {
		text = text[1:]
	}
	end := 0
	for end < len(text) && (text[end] == '_' || isPlainByte(text[end]) && text[end] != '.' && text[end] != '-') && (end > 0 || !isDigit(text[0])) {
		end++
	}
	name, rest = text[:end], text[end:]
	if braced {
		var closed bool
		if rest, closed = strings.CutPrefix(rest, "}"); !closed {
			return "", ""
		}
	}
	return name, rest
}
