package hosts

// matches tells whether name is one that pattern stands for: * is any run of
// characters, ? any one.
func matches(pattern, name string) bool {
	// The last * is the only one that has to be tried again.
	star, from := -1, 0
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			from++
			p, n = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matching returns the hosts whose name, or address, pattern matches.
func matching(all []Host, pattern string) []Host {
	var found []Host
	for _, h := range all {
		if matches(pattern, h.Name) || matches(pattern, h.Addr) {
			found = append(found, h)
		}
	}
	return found
}
