package hosts

import "slices"

// set is an ordered set of hosts, told apart by their names. The first
// members come in without being looked up: most sets are one range, whose
// names differ by themselves. What is taken out leaves a hole until the end,
// so that each operation costs what its operand holds.
type set struct {
	hosts []Host
	// index holds the place of each name; nil until it is needed.
	index   map[string]int32
	deleted int
	// ascending tells that there is no index yet because each name is longer
	// than the one before it, or behind it: sorted lists are the most usual
	// ones, and nothing in them needs to be looked up.
	ascending bool
}

// len returns the number of members.
func (s *set) len() int { return len(s.hosts) - s.deleted }

// add unites s with hosts, which differ from each other and are s's from
// then on.
func (s *set) add(hosts []Host) {
	if s.len() == 0 {
		*s = set{hosts: hosts}
		return
	}
	for i := range hosts {
		s.addOne(hosts[i], len(hosts))
	}
}

// addOne adds h, one of so many.
func (s *set) addOne(h Host, many int) {
	if s.index == nil {
		n := len(s.hosts)
		if n == 0 {
			*s = set{hosts: slices.Grow(s.hosts, many), ascending: true}
		}
		if s.ascending && (n == 0 || sortsAfter(h.Name, s.hosts[n-1].Name)) {
			s.hosts = append(s.hosts, h)
			return
		}
		s.buildIndex(many)
	}
	if _, there := s.index[h.Name]; !there {
		s.push(h)
	}
}

// isBehind tells whether name is longer than other, or else sorts behind it.
func sortsAfter(name, other string) bool {
	return len(name) > len(other) || len(name) == len(other) && name > other
}

// remove takes hosts out.
func (s *set) remove(hosts []Host) {
	s.buildIndex(0)
	for i := range hosts {
		if place, there := s.index[hosts[i].Name]; there {
			s.deleteAt(place)
		}
	}
}

// differ takes out what is in hosts, too, and adds what was not there.
func (s *set) toggle(hosts []Host) {
	s.buildIndex(len(hosts))
	for i := range hosts {
		if place, there := s.index[hosts[i].Name]; there {
			s.deleteAt(place)
		} else {
			s.push(hosts[i])
		}
	}
}

// intersect keeps what is in hosts, too. It looks at every member of s.
func (s *set) intersect(hosts []Host) {
	s.buildIndex(0)
	both := make(map[string]struct{}, min(len(hosts), s.len()))
	for i := range hosts {
		if _, there := s.index[hosts[i].Name]; there {
			both[hosts[i].Name] = struct{}{}
		}
	}
	left := make([]Host, 0, len(both))
	for i := range s.hosts {
		if _, there := both[s.hosts[i].Name]; there {
			left = append(left, s.hosts[i])
		}
	}
	*s = set{hosts: left}
}

// list returns the members in order. The set is not used again.
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

func (s *set) deleteAt(place int32) {
	delete(s.index, s.hosts[place].Name)
	s.hosts[place] = Host{}
	s.deleted++
}

// lookUp makes the index, with room for more.
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
