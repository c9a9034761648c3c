package hosts

import "slices"

// set is an ordered set of hosts with distinct names. It builds the index of names only when an
// operation needs it: most sets are one range, whose names are distinct anyway. A deleted host
// leaves a zero Host until the end, so that the cost of an operation depends on its operand only.
type set struct {
	hosts   []Host
	index   map[string]int32 // the position of each name, or nil
	deleted int              // how many of hosts are zero
	// ascending is set while each name sorts after the one before it, see sortsAfter. Sorted lists
	// are the most common, and need no index.
	ascending bool
	// repeat makes it a list: add and addOne keep a host that is a member. No other operation is
	// allowed then.
	repeat bool
}

// len returns the number of members.
func (s *set) len() int { return len(s.hosts) - s.deleted }

// add adds hosts, which are distinct. The set may keep the slice.
func (s *set) add(hosts []Host) {
	if s.repeat {
		s.hosts = append(s.hosts, hosts...)
		return
	}
	if s.len() == 0 {
		*s = set{hosts: hosts}
		return
	}
	for i := range hosts {
		s.addOne(hosts[i], len(hosts))
	}
}

// addOne adds h. capacity is how many hosts are to be added in all.
func (s *set) addOne(h Host, capacity int) {
	if s.repeat {
		s.hosts = append(s.hosts, h)
		return
	}
	if s.index == nil {
		n := len(s.hosts)
		if n == 0 {
			*s = set{hosts: slices.Grow(s.hosts, capacity), ascending: true}
		}
		if s.ascending && (n == 0 || sortsAfter(h.Name, s.hosts[n-1].Name)) {
			s.hosts = append(s.hosts, h)
			return
		}
		s.buildIndex(capacity)
	}
	if _, ok := s.index[h.Name]; !ok {
		s.push(h)
	}
}

// sortsAfter reports whether name is longer than other, or as long and greater.
func sortsAfter(name, other string) bool {
	return len(name) > len(other) || len(name) == len(other) && name > other
}

// remove removes hosts.
func (s *set) remove(hosts []Host) {
	s.buildIndex(0)
	for i := range hosts {
		if at, ok := s.index[hosts[i].Name]; ok {
			s.deleteAt(at)
		}
	}
}

// toggle removes the hosts that are members and adds the others (the symmetric difference).
func (s *set) toggle(hosts []Host) {
	s.buildIndex(len(hosts))
	for i := range hosts {
		if at, ok := s.index[hosts[i].Name]; ok {
			s.deleteAt(at)
		} else {
			s.push(hosts[i])
		}
	}
}

// intersect keeps the members that are among hosts. It looks at every member.
func (s *set) intersect(hosts []Host) {
	s.buildIndex(0)
	both := make(map[string]struct{}, min(len(hosts), s.len()))
	for i := range hosts {
		if _, ok := s.index[hosts[i].Name]; ok {
			both[hosts[i].Name] = struct{}{}
		}
	}
	kept := make([]Host, 0, len(both))
	for i := range s.hosts {
		if _, ok := both[s.hosts[i].Name]; ok {
			kept = append(kept, s.hosts[i])
		}
	}
	*s = set{hosts: kept}
}

// list returns the members in order. The set must not be used afterwards.
func (s *set) list() []Host {
	if s.deleted == 0 {
		return s.hosts
	}
	return slices.DeleteFunc(s.hosts, func(h Host) bool { return h.Name == "" })
}

func (s *set) push(h Host) {
	s.index[h.Name] = int32(len(s.hosts))
	s.hosts = append(s.hosts, h)
}

func (s *set) deleteAt(i int32) {
	delete(s.index, s.hosts[i].Name)
	s.hosts[i] = Host{}
	s.deleted++
}

// buildIndex builds the index if there is none, with room for more hosts.
func (s *set) buildIndex(more int) {
	if s.index != nil {
		return
	}
	s.hosts = slices.Grow(s.hosts, more)
	s.index = make(map[string]int32, len(s.hosts)+more)
	for i := range s.hosts {
		if s.hosts[i].Name != "" {
			s.index[s.hosts[i].Name] = int32(i)
		}
	}
}
