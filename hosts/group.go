package hosts

import (
	"fmt"
	"slices"
	"strings"
)

// lookUp returns the hosts that find returns for each name of a group or pattern, which may be
// folded.
func (e *evaluator) lookUp(text string, find func(name string) ([]Host, error)) ([]Host, error) {
	if strings.Trim(text, "*?") == "" {
		return nil, errorAt(0, "pattern matches every host").withHint("write @* for all known hosts")
	}
	t, bad := e.unfold(text)
	if bad != nil {
		return nil, bad
	}
	var all set
	for name := range t.names() {
		found, err := find(name)
		if err != nil {
			return nil, err
		}
		all.add(slices.Clone(found))
	}
	if bad := e.work.spend(uint64(all.len()), 0); bad != nil {
		return nil, bad
	}
	return all.list(), nil
}

// groupHosts returns the hosts of a group: @NAME or @SOURCE:NAME.
func (e *evaluator) groupHosts(name string) ([]Host, error) {
	source, group, hasSource := strings.Cut(name[1:], ":")
	if !hasSource {
		source, group = e.source, name[1:]
	}
	if problem := checkGroupName(group); problem != "" {
		return nil, errorAt(0, "%s", problem)
	}
	if e.group == nil {
		return nil, errorAt(0, "unknown group %q", group)
	}
	return e.group(source, group)
}

// patternHosts returns the known hosts that match the pattern.
func (e *evaluator) patternHosts(pattern string) ([]Host, error) {
	if e.pattern == nil {
		return nil, errorAt(0, "no known names to match against")
	}
	return e.pattern(pattern)
}

// checkGroupName returns what is wrong with the name of a group, or "". A group's name becomes part
// of a path and of a shell command (groups.conf), so the rules are those of host names.
func checkGroupName(name string) string {
	switch {
	case name == "*":
		return ""
	case name == "":
		return "missing group name"
	case name[0] == '-' || name[0] == '.':
		return fmt.Sprintf("group name begins with %q", name[0])
	}
	for i := range name {
		if problem := forbiddenRune(name[i:]); problem != "" {
			return problem
		}
	}
	return ""
}
