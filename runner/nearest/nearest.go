// Package nearest finds what a mistyped name was probably meant to be.
package nearest

import "slices"

// Name returns the name of names that differs least from a mistyped one, or "" if each differs
// in more than a third of its letters. Of several the first in the order of the alphabet counts.
func Name(mistyped string, names []string) string {
	best, least := "", 1+len(mistyped)/3
	for _, name := range slices.Sorted(slices.Values(names)) {
		if d := distance(mistyped, name); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance returns the number of letters to insert, delete, replace, or swap with their
// neighbour that makes b of a.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
