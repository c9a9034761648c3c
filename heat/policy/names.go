package policy

// name returns the name of v among those of all values, and "" for one that there is not.
func name[T ~uint8](v T, names ...string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return ""
}
