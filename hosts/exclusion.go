package hosts

import (
	"slices"
	"strings"
)

// exclude returns the hosts of all that no LIST names, and notes what excludes nothing. A name
// without a user or port excludes all hosts of that name. A pattern matches the hosts of all,
// from now on: nothing is looked up after an exclusion.
func (r *resolver) exclude(all []Host, lists []string) ([]Host, error) {
	if len(lists) == 0 {
		return all, nil
	}
	r.eval.pattern = func(pattern string) ([]Host, error) { return matching(all, pattern), nil }
	var x exclusion
	for _, list := range lists {
		if strings.TrimSpace(list) == "" {
			return nil, emptyList("-x")
		}
		operands, bad := scan(list)
		if bad != nil {
			return nil, newSyntaxError("-x", list, 0, bad)
		}
		if slices.ContainsFunc(operands, func(o operand) bool { return o.op != ',' }) {
			found, err := r.eval.operands("-x", list, operands)
			if err != nil {
				return nil, err
			}
			x.add(list, found)
			continue
		}
		// Without operators, any single member may be misspelt and deserves its own note.
		for _, o := range operands {
			found, err := r.eval.operand("-x", list, o)
			if err != nil {
				return nil, err
			}
			x.add(o.text, found)
		}
	}
	kept := slices.DeleteFunc(slices.Clone(all), x.excludes)
	for _, text := range x.unused() {
		r.note("-x %s excludes no host", escape(text))
	}
	return kept, nil
}

// exclusion is the hosts to exclude, and the texts that name them. Narrow uses it for what to keep.
type exclusion struct {
	texts []string
	hosts [][]*bool      // for each text, the marks of its hosts
	used  map[Host]*bool // by User, Addr and Port: a mark that is set if this has excluded a host
}

// add adds the hosts that text names.
func (x *exclusion) add(text string, found []Host) {
	if x.used == nil {
		x.used = make(map[Host]*bool, len(found))
	}
	marks := make([]*bool, len(found))
	for i, h := range found {
		key := Host{User: h.User, Addr: h.Addr, Port: h.Port}
		mark := x.used[key]
		if mark == nil {
			mark = new(bool)
			x.used[key] = mark
		}
		marks[i] = mark
	}
	x.texts = append(x.texts, text)
	x.hosts = append(x.hosts, marks)
}

// excludes reports whether h is to be excluded, and marks what excludes it as used.
func (x *exclusion) excludes(h Host) bool {
	excluded := false
	for _, key := range [...]Host{
		{Addr: h.Addr},
		{Addr: h.Addr, User: h.User},
		{Addr: h.Addr, Port: h.Port},
		{Addr: h.Addr, User: h.User, Port: h.Port},
	} {
		if mark := x.used[key]; mark != nil {
			*mark = true
			excluded = true
		}
	}
	return excluded
}

// unused returns the texts that have excluded nothing.
func (x *exclusion) unused() []string {
	var texts []string
	for i, marks := range x.hosts {
		if !slices.ContainsFunc(marks, func(used *bool) bool { return *used }) {
			texts = append(texts, x.texts[i])
		}
	}
	return texts
}
