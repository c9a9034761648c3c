package hosts

// matches reports whether name matches pattern, in which * matches any characters and ? any
// one byte. Brackets and backslashes have no meaning, unlike in path.Match.
func matches(pattern, name string) bool {
	// Only the last * has to be tried again, from the position after the one tried before.
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

// matching returns the hosts whose name or address matches pattern.
func matching(all []Host, pattern string) []Host {
	var found []Host
	for _, h := range all {
		if matches(pattern, h.Name) || matches(pattern, h.Addr) {
			found = append(found, h)
		}
	}
	return found
}
