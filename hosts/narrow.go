package hosts

import (
	"context"
	"slices"
)

// Narrow returns the hosts of all that the selection leaves, in their order: those that Hosts,
// Hostfiles, Groups or All name, if one of these is set, but for those of Exclude, and a sample of
// Pick. They have the settings that the inventories give them. It never adds a host, and there may be none left. A name without a user or port keeps all
// hosts of that name, and a pattern matches the hosts of all. No variable and no file of the current
// directory names hosts.
func (s Selection) Narrow(ctx context.Context, sys System, all List) (List, []string, error) {
	r, err := s.open(ctx, sys)
	if err != nil {
		return nil, nil, err
	}
	kept := []Host(all)
	if len(s.Hosts)+len(s.Hostfiles)+len(s.Groups) > 0 || s.All {
		r.eval.pattern = func(pattern string) ([]Host, error) { return matching(all, pattern), nil }
		named, err := r.firstSource(s)
		if err != nil {
			return nil, r.notes, err
		}
		var x exclusion
		x.add("", named)
		kept = slices.DeleteFunc(slices.Clone(kept), func(h Host) bool { return !x.excludes(h) })
	}
	kept, err = r.exclude(kept, s.Exclude)
	if err != nil {
		return nil, r.notes, err
	}
	kept, err = r.applyInventory(sample(kept, s.Pick))
	return kept, r.notes, err
}
