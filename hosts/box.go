package hosts

import (
	"encoding/binary"
	"slices"
)

// Folding in several dimensions is covering points with few boxes; a box is a
// product of one set of numbers for each column. To find the fewest is
// NP-hard. Here boxes that differ in one column alone are united, column by
// column, until none are left that do: each pass groups the boxes by their
// other columns, which takes linear time and not a look at every pair. Which
// column comes first matters, so orders are tried, and the shortest text wins.

// maxOrders bounds the trials; with more columns only rotations are tried.
const maxOrders = 6

// dearRows is how many rows make a trial dear: beyond it, there are two.
const dearRows = 1 << 15

// maxRounds bounds how often unite goes through all columns.
const maxRounds = 16

// box is a product of sets: one for each column that varies, by the number
// that the set has in the boxer.
type box []int32

// boxer covers the rows of one shape.
type boxer struct {
	// sets holds each set of numbers once, ascending; known finds it by its
	// bytes.
	sets  [][]number
	known map[string]int32
	key   []byte
}

// foldBoxes returns the LIST of a shape in which the columns vary.
func (s *shape) foldBoxes(varying []int) string {
	var best []byte
	for _, order := range orders(varying, len(s.rows)/s.columns) {
		b := &boxer{known: make(map[string]int32)}
		boxes := b.points(s, varying)
		boxes = b.unite(boxes, order)
		text := s.appendBoxes(nil, b, boxes, varying)
		if best == nil || len(text) < len(best) {
			best = text
		}
	}
	return string(best)
}

// appendBoxes writes the boxes, separated by commas.
func (s *shape) appendBoxes(text []byte, b *boxer, boxes []box, varying []int) []byte {
	vector := s.fixed()
	for i, x := range boxes {
		if i > 0 {
			text = append(text, ',')
		}
		for j, column := range varying {
			vector[column] = b.sets[x[j]]
		}
		text = s.appendName(text, vector)
	}
	return text
}

// orders returns the orders in which to go through the columns, as places in
// varying.
func orders(varying []int, rows int) [][]int {
	first := make([]int, len(varying))
	for i := range first {
		first[i] = len(varying) - 1 - i
	}
	if len(varying) > 3 || rows > dearRows {
		var all [][]int
		for i := range min(len(first), maxOrders) {
			if rows > dearRows && i == 2 {
				break
			}
			all = append(all, slices.Concat(first[i:], first[:i]))
		}
		return all
	}
	return permutations(first)
}

func permutations(items []int) [][]int {
	if len(items) <= 1 {
		return [][]int{slices.Clone(items)}
	}
	var all [][]int
	for i := range items {
		rest := slices.Concat(items[:i], items[i+1:])
		for _, tail := range permutations(rest) {
			all = append(all, append([]int{items[i]}, tail...))
		}
	}
	return all
}

// points returns a box for each row, in order.
func (b *boxer) points(s *shape, varying []int) []box {
	n := len(s.rows) / s.columns
	arena := make([]int32, 0, n*len(varying))
	single := make(map[number]int32)
	boxes := make([]box, n)
	for row := range boxes {
		start := len(arena)
		for _, column := range varying {
			at := row*s.columns + column
			id, known := single[s.rows[at]]
			if !known {
				id = b.intern(s.rows[at : at+1 : at+1])
				single[s.rows[at]] = id
			}
			arena = append(arena, id)
		}
		boxes[row] = arena[start:len(arena):len(arena)]
	}
	return boxes
}

// intern returns the number of the set, which is ascending.
func (b *boxer) intern(numbers []number) int32 {
	b.key = b.key[:0]
	for _, n := range numbers {
		b.key = binary.NativeEndian.AppendUint64(b.key, uint64(n))
	}
	id, known := b.known[string(b.key)]
	if !known {
		id = int32(len(b.sets))
		b.known[string(b.key)] = id
		b.sets = append(b.sets, numbers)
	}
	return id
}

// unite goes through the columns in order, again and again, until a whole
// round has united nothing, or enough rounds have been made: each is linear,
// and all of them together are to be as well.
func (b *boxer) unite(boxes []box, order []int) []box {
	idle := 0
	for i := 0; idle < len(order) && i < maxRounds*len(order); i++ {
		before := len(boxes)
		boxes = b.uniteColumn(boxes, order[i%len(order)])
		idle++
		if len(boxes) < before {
			idle = 1
		}
	}
	return boxes
}

// uniteColumn unites the boxes that differ in column c alone. Each takes the
// place of the first in it.
func (b *boxer) uniteColumn(boxes []box, c int) []box {
	groups := b.groupBy(boxes, c)
	left := make([]box, len(groups))
	for i, group := range groups {
		left[i] = group[0]
		if len(group) == 1 {
			continue
		}
		var numbers []number
		for _, x := range group {
			numbers = append(numbers, b.sets[x[c]]...)
		}
		if !slices.IsSorted(numbers) {
			slices.Sort(numbers)
		}
		left[i] = slices.Clone(group[0])
		left[i][c] = b.intern(slices.Compact(numbers))
	}
	return left
}

// groupBy puts together the boxes that are equal but for column c, in order
// of the first of each. It takes linear time: each distinct pair of a group
// so far and a set in the next column gets a number, which is a group then.
func (b *boxer) groupBy(boxes []box, c int) [][]box {
	group := make([]int32, len(boxes))
	count := 1
	for column := range boxes[0] {
		if column == c {
			continue
		}
		pairs := make(map[[2]int32]int32, count)
		for i, x := range boxes {
			pair := [2]int32{group[i], x[column]}
			id, known := pairs[pair]
			if !known {
				id = int32(len(pairs))
				pairs[pair] = id
			}
			group[i] = id
		}
		count = len(pairs)
	}
	ends := make([]int, count)
	for _, id := range group {
		ends[id]++
	}
	start := 0
	for id, size := range ends {
		ends[id], start = start, start+size
	}
	sorted := make([]box, len(boxes))
	for i, id := range group {
		sorted[ends[id]] = boxes[i]
		ends[id]++
	}
	groups := make([][]box, count)
	start = 0
	for id, end := range ends {
		groups[id], start = sorted[start:end], end
	}
	return groups
}
