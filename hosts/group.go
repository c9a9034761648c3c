package hosts

import (
	"fmt"
	"slices"
	"strings"
)

// groups returns the hosts of the group operand o, whose name may be folded.
func (e *evaluator) groups(where, text string, o operand) ([]Host, error) {
	t, bad := e.unfold(o.text)
	if bad != nil {
		return nil, newSyntaxError(where, text, o.offset, bad)
	}
	var all set
	for name := range t.names() {
		source, group, named := strings.Cut(name[1:], ":")
		if !named {
			source, group = e.source, name[1:]
		}
		if problem := checkGroupName(group); problem != "" {
			return nil, newSyntaxError(where, text, o.offset, &offsetError{0, problem})
		}
		if e.group == nil {
			return nil, newSyntaxError(where, text, o.offset, &offsetError{0, fmt.Sprintf("no group %q is known here", group)})
		}
		found, err := e.group(source, group)
		if err != nil {
			return nil, addPosition(where, text, o.offset, err)
		}
		all.add(slices.Clone(found))
	}
	return all.list(), nil
}

// checkGroup says what is wrong with a group's name: it becomes part of a
// path and of a shell command (groups.conf), so it is as plain as a host's.
func checkGroupName(name string) string {
	switch {
	case name == "*":
		return ""
	case name == "":
		return "no name of a group after the @"
	case name[0] == '-' || name[0] == '.':
		return fmt.Sprintf("a group's name begins with no %q", name[0])
	}
	for i := range name {
		if problem := forbiddenRune(name[i:]); problem != "" {
			return problem
		}
	}
	return ""
}

// patterns returns the hosts that match the pattern operand o.
func (e *evaluator) patterns(where, text string, o operand) ([]Host, error) {
	fail := func(problem string) error { return newSyntaxError(where, text, o.offset, &offsetError{0, problem}) }
	if strings.Trim(o.text, "*?") == "" {
		return nil, fail("a pattern of * and ? alone would take everything; @* says so")
	}
	t, bad := e.unfold(o.text)
	if bad != nil {
		return nil, newSyntaxError(where, text, o.offset, bad)
	}
	var all set
	for name := range t.names() {
		if e.pattern == nil {
			return nil, fail("no names are known here that a pattern could match")
		}
		found, err := e.pattern(name)
		if err != nil {
			return nil, addPosition(where, text, o.offset, err)
		}
		all.add(slices.Clone(found))
	}
	return all.list(), nil
}
