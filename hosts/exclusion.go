package hosts

import (
	"fmt"
	"slices"
	"strings"
)

// exclude takes out of all what the LISTs name, and notes what took out
// nothing. A name without user or port takes out all of that name, a pattern
// what it matches in all.
func (r *resolver) exclude(all []Host, lists []string) ([]Host, error) {
	if len(lists) == 0 {
		return all, nil
	}
	known := r.eval.pattern
	defer func() { r.eval.pattern = known }()
	r.eval.pattern = func(pattern string) ([]Host, error) { return matching(all, pattern), nil }
	var x exclusion
	for _, list := range lists {
		if strings.TrimSpace(list) == "" {
			return nil, fmt.Errorf("-x: the list is empty (a variable that is not set?)")
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
		// An enumeration: each member may be the one that is misspelt.
		for _, o := range operands {
			found, err := r.eval.operand("-x", list, o)
			if err != nil {
				return nil, err
			}
			x.add(o.text, found)
		}
	}
	left := slices.DeleteFunc(slices.Clone(all), x.removes)
	for _, text := range x.unused() {
		r.note("-x %s takes out no host", escape(text))
	}
	return left, nil
}

// exclusion is what is to be taken out, and by which text.
type exclusion struct {
	texts []string
	// keys holds, for each text, the numbers of its hosts; ids the number
	// of each host, used what has taken out a host.
	keys [][]int
	ids  map[Host]int
	used []bool
}

func (x *exclusion) add(text string, found []Host) {
	if x.ids == nil {
		x.ids = make(map[Host]int, len(found))
	}
	keys := make([]int, len(found))
	for i, h := range found {
		h.Name = ""
		id, there := x.ids[h]
		if !there {
			id = len(x.used)
			x.ids[h] = id
			x.used = append(x.used, false)
		}
		keys[i] = id
	}
	x.texts = append(x.texts, text)
	x.keys = append(x.keys, keys)
}

// takes tells whether h is to be taken out.
func (x *exclusion) removes(h Host) bool {
	found := false
	for _, key := range [...]Host{
		{Addr: h.Addr},
		{Addr: h.Addr, User: h.User},
		{Addr: h.Addr, Port: h.Port},
		{Addr: h.Addr, User: h.User, Port: h.Port},
	} {
		if id, there := x.ids[key]; there {
			x.used[id] = true
			found = true
		}
	}
	return found
}

// unused returns the texts that took out nothing.
func (x *exclusion) unused() []string {
	var texts []string
	for i, keys := range x.keys {
		if !slices.ContainsFunc(keys, func(id int) bool { return x.used[id] }) {
			texts = append(texts, x.texts[i])
		}
	}
	return texts
}
